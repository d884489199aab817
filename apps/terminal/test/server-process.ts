import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assertBuilt } from "./helpers.js";

const MAIN = fileURLToPath(new URL("../../server/dist/main.js", import.meta.url));

/** The built server in a child process that can be killed and restarted with the same port and data. */
export class ServerProcess {
  readonly #data = mkdtempSync(join(tmpdir(), "terminal-data-"));
  #child: ChildProcess | undefined;
  #port = "0";

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Starts the server with the port and the data of the previous start. */
  async start(): Promise<void> {
    assertBuilt();
    const env = { PORT: this.#port, AUTH_MODE: "demo", DATA_DIR: this.#data, LOG_LEVEL: "warn", LOG_FORMAT: "text" };
    const child = spawn(process.execPath, [MAIN], { env });
    this.#child = child;
    let output = "";
    this.#port = await new Promise<string>((resolve, reject) => {
      const read = (text: string) => {
        output += text;
        const address = output.match(/http:\/\/[^/:]+:(\d+)/);
        if (address) resolve(address[1] as string);
      };
      child.stdout.setEncoding("utf8").on("data", read);
      child.stderr.setEncoding("utf8").on("data", read);
      child.once("exit", () => reject(new Error(`The server did not start: ${output}`)));
    });
  }

  /** Kills the server with SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** Kills the server and deletes its data. */
  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.#data, { recursive: true, force: true });
  }
}
