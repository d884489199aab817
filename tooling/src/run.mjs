import { spawn } from "node:child_process";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Windows has no process groups, and only a shell runs the scripts of which node_modules/.bin consists there. */
const onWindows = process.platform === "win32";

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

const stop = new AbortController();

/** Aborted when this process receives a signal to stop. No further command is started then. */
export const stopped = stop.signal;

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => {
    process.exitCode = 128 + (signal === "SIGINT" ? 2 : 15);
    stop.abort();
    for (const child of running) kill(child, signal);
  });
}

/**
 * Runs a command with its output passed through. Passes SIGINT and SIGTERM on to the command and to all processes that it
 * has started.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, quiet?: boolean, together?: boolean }} [options] `quiet`: shows its
 *   output only if it fails. `together`: shows its output in one piece when it ends, for commands that run at the same time
 * @returns {Promise<number>} its exit code, or 1 if a signal ended it
 */
export function run(command, args, { cwd = root, env = {}, quiet = false, together = false } = {}) {
  return new Promise((resolve, reject) => {
    if (stopped.aborted) {
      resolve(1);
      return;
    }
    const stream = quiet || together ? "pipe" : "inherit";
    const child = spawn(command, args, {
      cwd,
      // A separate process group, because package managers do not pass signals on to their children.
      detached: !onWindows,
      shell: onWindows && !isAbsolute(command),
      stdio: ["ignore", stream, stream],
      env: {
        ...process.env,
        PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH}`,
        TURBO_TELEMETRY_DISABLED: "1",
        DO_NOT_TRACK: "1",
        ...env,
      },
    });
    running.add(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      running.delete(child);
      if ((together || code !== 0) && !stopped.aborted) process.stdout.write(output);
      resolve(code ?? 1);
    });
  });
}

/** @param {import("node:child_process").ChildProcess} child @param {NodeJS.Signals} signal */
function kill(child, signal) {
  try {
    if (onWindows) child.kill(signal);
    else process.kill(-Number(child.pid), signal);
  } catch (error) {
    // ESRCH: the process has already exited.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
}
