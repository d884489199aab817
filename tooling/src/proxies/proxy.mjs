import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { findTool } from "../tools.mjs";
import { PROXIES, sample } from "./samples.mjs";

/** The address under which clients reach a server through a proxy. */
export const URL_BEHIND_PROXY = "ws://trading.example.com/api/v1/ws";

/** A proxy with the sample of `deploy`, as a process. */
export class SampleProxy {
  #process;
  #folder;
  #socket;
  #output = "";

  /**
   * @param {import("./samples.mjs").ProxyName} name
   * @param {readonly import("./samples.mjs").Upstream[]} upstreams
   * @param {(config: string) => string} change applied to the configuration
   */
  constructor(name, upstreams, change) {
    const { configure, run } = PROXIES[name];
    this.#folder = mkdtempSync(join(tmpdir(), "proxy-"));
    this.#socket = join(this.#folder, "socket");
    const place = { folder: this.#folder, socket: this.#socket, config: join(this.#folder, "config") };
    writeFileSync(place.config, change(configure(sample(name), place, upstreams)));
    this.#process = spawn(findTool(name) ?? name, run(place), { stdio: ["ignore", "pipe", "pipe"] });
    for (const output of [this.#process.stdout, this.#process.stderr]) {
      output.setEncoding("utf8").on("data", (text) => {
        this.#output = (this.#output + text).slice(-4_000);
      });
    }
  }

  /**
   * Starts a proxy, and waits until it accepts connections.
   *
   * @param {import("./samples.mjs").ProxyName} name
   * @param {readonly import("./samples.mjs").Upstream[]} upstreams
   * @param {(config: string) => string} [change] applied to the configuration. Default: none
   */
  static async start(name, upstreams, change = (config) => config) {
    const proxy = new SampleProxy(name, upstreams, change);
    while (!(await proxy.#accepts())) {
      if (proxy.#process.exitCode !== null) throw new Error(`${name} has not started: ${proxy.#output}`);
    }
    return proxy;
  }

  /** Opens a TCP connection to the proxy. */
  connect = () => connect(this.#socket);

  /**
   * Returns a WebSocket class for clients of the server behind the proxy.
   *
   * @param {(isOpen: boolean) => void} ended called once for each attempt to connect, with its outcome
   */
  socketClass(ended) {
    const createConnection = this.connect;
    return class extends WebSocket {
      /** @param {string} url */
      constructor(url) {
        super(url, { createConnection });
        let hasEnded = false;
        const end = (/** @type {boolean} */ isOpen) => {
          if (!hasEnded) ended(isOpen);
          hasEnded = true;
        };
        this.once("open", () => end(true));
        // An error, and a close without an error when the client gives up.
        this.once("error", () => end(false));
        this.once("close", () => end(false));
      }
    };
  }

  async stop() {
    if (this.#process.exitCode === null) {
      this.#process.kill("SIGTERM");
      await once(this.#process, "exit");
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #accepts() {
    const socket = this.connect();
    const [event] = await Promise.race([
      once(socket, "connect").then(() => ["connect"]),
      once(socket, "close").then(() => ["close"]),
    ]).catch(() => ["error"]);
    socket.destroy();
    if (event !== "connect") await new Promise((resolve) => setTimeout(resolve, 20));
    return event === "connect";
  }
}
