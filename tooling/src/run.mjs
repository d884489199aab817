import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

const stop = new AbortController();

/** Aborted when this process is told to stop: nothing more is to be started. */
export const stopped = stop.signal;

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => {
    // Ctrl-C reaches the whole group by itself; a SIGTERM reaches only this process.
    for (const child of running) child.kill(signal);
    process.exitCode = 128 + (signal === "SIGINT" ? 2 : 15);
    stop.abort();
  });
}

/**
 * Runs a command to its end, its output passed through, and stops it when this process is told to stop.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 * @returns {Promise<number>} its exit code, 1 where a signal ended it
 */
export function run(command, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH}`,
        TURBO_TELEMETRY_DISABLED: "1",
        DO_NOT_TRACK: "1",
        ...env,
      },
    });
    running.add(child);
    child.on("error", reject);
    child.on("exit", (code) => {
      running.delete(child);
      resolve(code ?? 1);
    });
  });
}
