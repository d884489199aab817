import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "./package-root.js";

/** A harness of this package, with the expected verdict. */
export interface Harness {
  readonly name: string;
  readonly command: readonly string[];
  readonly verdict: "conforms" | "differs";
  /** The program that it requires in addition to Node. */
  readonly needs?: { readonly program: string; readonly install: string };
}

const harness = (...path: string[]) => join(packageRoot, "harnesses", ...path);

/** The harnesses that `self-check` runs. */
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
  { name: "legacy", command: [process.execPath, harness("legacy", "harness.mjs")], verdict: "differs" },
];

/** Returns whether the program that a harness requires can be started. */
export function isInstalled({ needs }: Harness): boolean {
  if (needs === undefined) return true;
  // Go has no --version and exits with an error. Only a program that cannot be started sets `error`.
  return spawnSync(needs.program, ["--version"], { stdio: "ignore" }).error === undefined;
}
