import { execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { findTool } from "../tools.mjs";

/** The program to start: REDIS_SERVER is the path of another version, or of Valkey, instead of the installed Redis. */
export const program = process.env.REDIS_SERVER || findTool("redis");
if (program !== undefined && !existsSync(program)) {
  throw new Error(
    `REDIS_SERVER is ${JSON.stringify(program)}, which does not exist: give the path of a redis-server or valkey-server`,
  );
}

/** Whether Redis is installed. With `CI=true`, a missing Redis is an error. */
export const hasRedis = program !== undefined;

/** Whether that program was built with TLS. */
export const hasRedisTls = program !== undefined && knowsTls(program);

/** @param {string} path */
function knowsTls(path) {
  // It ends because it has no certificate, or because it does not know TLS.
  const { stdout, stderr } = spawnSync(path, ["--port", "0", "--tls-port", "1"], { encoding: "utf8" });
  return !/Bad directive|finding TLS support/.test(stdout + stderr);
}

/** A real Redis server, with its data and a Unix socket in a temporary folder. */
export class RedisServer {
  #folder = mkdtempSync(join(tmpdir(), "redis-"));
  #settings;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;
  /** The path of its Unix socket. */
  socket = join(this.#folder, "redis.sock");

  /** @param {readonly string[]} settings */
  constructor(settings) {
    this.#settings = settings;
  }

  /**
   * Starts a server that listens on its Unix socket only, unless the settings name a port.
   *
   * @param {readonly string[]} settings further arguments of redis-server, such as `--requirepass`, `secret`
   */
  static async start(...settings) {
    const server = new RedisServer(settings);
    await server.start();
    return server;
  }

  /** The URL of the Unix socket. */
  get url() {
    return `unix://${this.socket}`;
  }

  /** Starts it again, with the data that it has saved. */
  async start() {
    const fixed = [
      "--port",
      "0",
      "--dir",
      this.#folder,
      "--unixsocket",
      this.socket,
      "--save",
      "",
      "--repl-diskless-sync-delay",
      "0",
    ];
    const child = spawn(/** @type {string} */ (program), [...fixed, ...this.#settings], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    /** @type {string[]} */
    const output = [];
    await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        output.push(line);
        if (/eady to accept connections/.test(line)) resolve(undefined);
      });
      // Redis 6.2 writes errors in its settings there.
      createInterface({ input: child.stderr }).on("line", (line) => output.push(line));
      child.once("close", () => reject(new Error(`Redis did not start:\n${output.join("\n")}`)));
    });
  }

  /**
   * Runs a command of redis-cli, and returns what it prints.
   *
   * @param {readonly string[]} command
   */
  run(...command) {
    return execFileSync(redisCli(), ["-s", this.socket, ...command], { encoding: "utf8" }).trim();
  }

  /**
   * Runs a command of redis-cli like `run`, and does not block this process meanwhile: it may have the connections of Redis.
   *
   * @param {readonly string[]} command
   */
  ask(...command) {
    return askRedis(["-s", this.socket, ...command]);
  }

  /** Makes it stand still until `resume`: connections stay open, and nothing is answered. */
  pause() {
    this.#child?.kill("SIGSTOP");
  }

  resume() {
    this.#child?.kill("SIGCONT");
  }

  /** Ends it without saving anything. `start` starts it again, empty. */
  async kill() {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** Ends it, and deletes its data. */
  async stop() {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Runs redis-cli, and returns what it prints. @param {readonly string[]} parameters */
export async function askRedis(parameters) {
  return (await promisify(execFile)(redisCli(), parameters, { encoding: "utf8" })).stdout.trim();
}

/** Returns the client next to the server, or the installed one: any client can talk to any server. */
function redisCli() {
  const folder = dirname(/** @type {string} */ (program));
  return [join(folder, "redis-cli"), join(folder, "valkey-cli")].find(existsSync) ?? "redis-cli";
}
