import { watch } from "node:fs";
import { type Console, UsageError } from "../console.js";

/**
 * Runs again after each change in a file or folder, until the signal is aborted. Changes during a run start one more.
 *
 * @throws UsageError if the path does not exist
 */
export async function watchFolder(
  path: string,
  { err }: Console,
  signal: AbortSignal,
  run: () => Promise<unknown>,
): Promise<void> {
  let changed = false;
  let wake = () => {};
  const notify = () => {
    changed = true;
    wake();
  };
  try {
    watch(path, { recursive: true, signal }, notify);
  } catch (error) {
    throw new UsageError(`Cannot watch ${path}: ${(error as Error).message}`);
  }
  signal.addEventListener("abort", () => wake(), { once: true });
  err(`Watching ${path}. Press Ctrl-C to stop.`);
  while (!signal.aborted) {
    if (!changed) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    changed = false;
    await run();
  }
}
