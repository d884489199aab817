import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assertBuilt } from "./helpers.js";

const MAIN = fileURLToPath(new URL("../../server/dist/main.js", import.meta.url));

/** The built server in a process of its own, which can be killed and started again where it was. */
export class ServerProcess {
  readonly #data = mkdtempSync(join(tmpdir(), "terminal-data-"));
  #child: ChildProcess | undefined;
  #port = "0";

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** On the port and the data that it had before. */
  async start(): Promise<void> {
    assertBuilt();
    const env = { PORT: this.#port, AUTH_MODE: "demo", DATA_DIR: this.#data, LOG_LEVEL: "warn" };
    const child = spawn(process.execPath, [MAIN], { env });
    this.#child = child;
    let said = "";
    this.#port = await new Promise<string>((resolve, reject) => {
      const hear = (text: string) => {
        said += text;
        const address = said.match(/http:\/\/[^/:]+:(\d+)/);
        if (address) resolve(address[1] as string);
      };
      child.stdout.setEncoding("utf8").on("data", hear);
      child.stderr.setEncoding("utf8").on("data", hear);
      child.once("exit", () => reject(new Error(`The server did not start: ${said}`)));
    });
  }

  /** Ends it where it stands, which it cannot prevent. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** Kills it, and forgets what it kept. */
  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.#data, { recursive: true, force: true });
  }
}
