import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "./package-root.js";

/** A harness of this package, and what the runner must find. */
export interface Harness {
  readonly name: string;
  readonly command: readonly string[];
  readonly verdict: "conforms" | "differs";
  /** The program it needs beside Node. */
  readonly needs?: { readonly program: string; readonly install: string };
}

const harness = (...path: string[]) => join(packageRoot, "harnesses", ...path);

/** What `self-check` runs. */
export const HARNESSES: readonly Harness[] = [
  {
    name: "@trading/topic",
    command: [process.execPath, harness("trading-topic", "harness.mjs")],
    verdict: "conforms",
  },
  { name: "node", command: [process.execPath, harness("node", "harness.mjs")], verdict: "conforms" },
  {
    name: "python",
    command: ["python3", harness("python", "harness.py")],
    verdict: "conforms",
    needs: { program: "python3", install: "Python 3.9 or later" },
  },
  {
    name: "go",
    command: ["go", "run", "-C", harness("go"), "."],
    verdict: "conforms",
    needs: { program: "go", install: "Go 1.21 or later" },
  },
  { name: "origin", command: [process.execPath, harness("origin", "harness.mjs")], verdict: "differs" },
];

/** Whether the program that a harness needs can be started. */
export function isInstalled({ needs }: Harness): boolean {
  if (needs === undefined) return true;
  // Go knows `version`, Python `--version`; either starts, which is all that is asked.
  return spawnSync(needs.program, ["--version"], { stdio: "ignore" }).error === undefined;
}
