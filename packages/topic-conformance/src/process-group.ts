import type { ChildProcess } from "node:child_process";

/** Kills a process that was started with `detached`, and its children. Does nothing if they have exited. On Windows, the process alone. */
export function killGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-pid, "SIGKILL");
  } catch {
    // All of them have exited.
  }
}
