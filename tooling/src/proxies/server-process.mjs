import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../run.mjs";

/** The built reference server with market data only, as a process that can be restarted on its ports. */
export class ServerProcess {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;
  #environment;
  #directory;
  port = 0;
  metricsPort = 0;

  /**
   * @param {Readonly<Record<string, string>>} environment
   * @param {string} [directory] the repository whose server is run. Default: this one
   */
  constructor(environment, directory = root) {
    this.#environment = environment;
    this.#directory = directory;
  }

  /** Starts it, on the same ports if it ran before, and waits until it is ready. */
  async start() {
    const child = spawn(process.execPath, [join(this.#directory, "apps/server/dist/main.js")], {
      env: {
        PATH: process.env.PATH,
        ENABLED_MODULES: "datafeed",
        TRUSTED_PROXIES: "127.0.0.1",
        ALLOWED_ORIGINS: "https://trading.example.com",
        LOG_LEVEL: "error",
        // Prints the addresses.
        LOG_FORMAT: "text",
        MAX_REQUESTS_PER_SECOND_PER_ADDRESS: "0",
        ...this.#environment,
        PORT: `${this.port}`,
        METRICS_PORT: `${this.metricsPort}`,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    for await (const line of createInterface({ input: /** @type {NodeJS.ReadableStream} */ (child.stdout) })) {
      this.port ||= Number(/ws:\/\/[^/]+:(\d+)\//.exec(line)?.[1] ?? 0);
      const metricsPort = Number(/^metrics .*:(\d+)\//.exec(line)?.[1]);
      if (!metricsPort) continue;
      this.metricsPort = metricsPort;
      child.stdout?.resume();
      while (!(await this.#isReady())) await new Promise((resolve) => setTimeout(resolve, 20));
      return;
    }
    throw new Error("The server has not started: see its messages above");
  }

  /** Stops it in an orderly way. @returns {Promise<number | null>} its exit code */
  async stop() {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    return (await exited)[0];
  }

  /** Ends it immediately. */
  kill() {
    this.#child?.kill("SIGKILL");
  }

  async #isReady() {
    const reply = await fetch(`http://127.0.0.1:${this.metricsPort}/readyz`).catch(() => undefined);
    await reply?.arrayBuffer();
    return reply?.status === 200;
  }
}
