import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../free-port.mjs";
import { askRedis, program, RedisServer } from "./redis-server.mjs";

/**
 * The options of a Sentinel.
 *
 * @typedef {object} SentinelSettings
 * @property {string} name of the server that it monitors
 * @property {number} port of that server
 * @property {number} quorum Sentinels that must agree that the server is down
 * @property {readonly string[]} [lines] further lines of its configuration
 */

/** A real Redis Sentinel. It notices after half a second that a server does not reply. */
export class RedisSentinel {
  #folder = mkdtempSync(join(tmpdir(), "sentinel-"));
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;
  port;

  /** @param {number} port */
  constructor(port) {
    this.port = port;
  }

  /** Starts a Sentinel. @param {SentinelSettings} settings */
  static async start({ name, port: monitored, quorum, lines = [] }) {
    const sentinel = new RedisSentinel(await freePort());
    await sentinel.#start([
      `port ${sentinel.port}`,
      "bind 127.0.0.1",
      `dir ${sentinel.#folder}`,
      `sentinel monitor ${name} 127.0.0.1 ${monitored} ${quorum}`,
      `sentinel down-after-milliseconds ${name} 500`,
      `sentinel failover-timeout ${name} 3000`,
      ...lines,
    ]);
    return sentinel;
  }

  /** @param {readonly string[]} lines */
  async #start(lines) {
    const config = join(this.#folder, "sentinel.conf");
    writeFileSync(config, lines.join("\n"));
    const child = spawn(/** @type {string} */ (program), [config, "--sentinel"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    /** @type {string[]} */
    const output = [];
    await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        output.push(line);
        if (line.includes("Sentinel ID is")) resolve(undefined);
      });
      child.once("exit", () => reject(new Error(`Sentinel did not start:\n${output.join("\n")}`)));
    });
  }

  /** Ends it, and deletes its configuration. A repeated call does nothing. */
  async stop() {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A primary with a replica, and Sentinels that fail over between them. */
export class SentinelGroup {
  name = "main";
  /** @type {readonly RedisServer[]} */
  servers;
  /** @type {readonly RedisSentinel[]} */
  sentinels;

  /** @param {readonly RedisServer[]} servers @param {readonly RedisSentinel[]} sentinels */
  constructor(servers, sentinels) {
    this.servers = servers;
    this.sentinels = sentinels;
  }

  /** Starts a group, and waits until the Sentinels know the replica and each other. @param {number} count of Sentinels */
  static async start(count) {
    const port = await freePort();
    const primary = await RedisServer.start("--port", `${port}`);
    const replica = await RedisServer.start("--port", `${await freePort()}`, "--replicaof", "127.0.0.1", `${port}`);
    const quorum = Math.floor(count / 2) + 1;
    const sentinels = [];
    for (let index = 0; index < count; index++) {
      sentinels.push(await RedisSentinel.start({ name: "main", port, quorum }));
    }
    const group = new SentinelGroup([primary, replica], sentinels);
    for (const sentinel of sentinels) {
      const known = new RegExp(`slaves=1,sentinels=${count}`);
      while (!known.test(await askRedis(["-p", `${sentinel.port}`, "INFO", "sentinel"]))) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    return group;
  }

  /** The URL of a RedisBus. */
  get url() {
    return `redis+sentinel://${this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/${this.name}`;
  }

  async stop() {
    for (const sentinel of this.sentinels) await sentinel.stop();
    for (const server of this.servers) await server.stop();
  }
}
