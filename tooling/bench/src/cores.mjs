import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** The core of each process: separate cores, so that neither takes CPU time from the other. */
const CORES = { server: 0, loader: 1 };

/** Whether processes can be pinned to separate cores on this machine. */
export let isPinned = availableParallelism() >= 2 && spawnSync("taskset", ["--version"]).status === 0;

/** Lets processes that are started from now on run on all cores, so that several servers start at the same time. */
export function unpin() {
  isPinned = false;
}

/** Returns the command line that runs a process on its core, or the command itself if pinning is not possible. @param {keyof typeof CORES} side @param {string[]} command */
export function onCore(side, command) {
  return isPinned ? ["taskset", "--cpu-list", String(CORES[side]), ...command] : command;
}

/** Moves a running process with all its threads to a core. @param {keyof typeof CORES} side @param {number} pid */
export function moveTo(side, pid) {
  if (isPinned) spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", String(CORES[side]), String(pid)]);
}
