import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const LOOK_MS = 100;
/** The age from which a lock is ignored whose process runs: the thread that made it may have been ended. */
const MAX_AGE_MS = 600_000;

/**
 * Waits until no other thread or process has the lock, and makes it, unless what it protects was done meanwhile.
 *
 * @param {string} path of the lock, a file with the id of its process
 * @param {() => boolean} isDone
 * @returns {Promise<(() => void) | undefined>} a function that removes the lock; undefined if it was done meanwhile
 */
export async function lockFile(path, isDone) {
  while (!isDone()) {
    if (make(path)) {
      const unlock = () => rmSync(path, { force: true });
      if (!isDone()) return unlock;
      unlock();
    } else if (isStale(path)) rmSync(path, { force: true });
    else await pause(LOOK_MS);
  }
  return undefined;
}

/** @param {string} path */
function make(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/** Returns whether the process of a lock has ended, as after an interrupted run. @param {string} path */
function isStale(path) {
  try {
    if (Date.now() - statSync(path).mtimeMs > MAX_AGE_MS) return true;
    const pid = Number(readFileSync(path, "utf8"));
    // It is empty before its process has written it.
    if (pid !== 0) process.kill(pid, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH";
  }
}
