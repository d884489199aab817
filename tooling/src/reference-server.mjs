import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./run.mjs";

/**
 * Starts the built reference server with its page, in demo mode and with data that `stop` deletes.
 *
 * @returns {Promise<{ readonly url: string, readonly stop: () => Promise<void> }>}
 * @throws {Error} if it exits before it listens
 */
export async function startReferenceServer() {
  const data = mkdtempSync(join(tmpdir(), "reference-server-"));
  const env = { PORT: "0", AUTH_MODE: "demo", DATA_DIR: data, LOG_LEVEL: "error", LOG_FORMAT: "text" };
  const child = spawn(process.execPath, [join(root, "apps/server/dist/main.js")], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.pipe(process.stderr);
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill();
    await exited;
    rmSync(data, { recursive: true, force: true });
  };
  let output = "";
  const port = await new Promise((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      const address = output.match(/http:\/\/[^/:]+:(\d+)/);
      if (address) resolve(address[1]);
    });
    child.once("exit", () => resolve(undefined));
  });
  if (port === undefined) {
    await stop();
    throw new Error("The server did not start; see its output above.");
  }
  return { url: `http://127.0.0.1:${port}/`, stop };
}
