import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** Which core each side runs on, so that neither takes the other's time. */
const CORES = { server: 0, loader: 1 };

/** Whether sides can be kept apart here. */
export const isPinned = availableParallelism() >= 2 && spawnSync("taskset", ["--version"]).status === 0;

/** A command line that runs a side on its core, where the machine has two. @param {keyof typeof CORES} side @param {string[]} command */
export function onCore(side, command) {
  return isPinned ? ["taskset", "--cpu-list", String(CORES[side]), ...command] : command;
}
