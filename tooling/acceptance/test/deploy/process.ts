import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { type Image, isRoot } from "./dockerfile.js";

/** The user of a container. The files of the image belong to root, so that the server can write only where it must. */
const USER = isRoot ? { uid: 1000, gid: 1000 } : {};

/** The secret that tokens are signed with. */
export const JWT_SECRET = "0123456789abcdef".repeat(4);

/** The server of an image, as a process. */
export interface Running {
  readonly port: number;
  readonly metricsPort: number;
  /** The exit code of the image's health check. */
  checkHealth(): Promise<number>;
  /** @returns its exit code and its standard error output */
  stop(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly errors: string }>;
}

/**
 * Starts the program of the image on ports that the system chooses, with files of this machine instead of the container's.
 * Stops it after the test.
 *
 * @param redisUrl the content of the file that REDIS_URL_FILE names
 */
export async function start(image: Image, env: Readonly<Record<string, string>>, redisUrl = ""): Promise<Running> {
  const ground = mkdtempSync(join(image.root, "run-"));
  const data = join(ground, "data");
  mkdirSync(data);
  if (isRoot) for (const path of [ground, data]) chownSync(path, 1000, 1000);
  const all: Record<string, string> = {
    ...env,
    PORT: "0",
    METRICS_PORT: "0",
    DATA_DIR: data,
    LOG_FORMAT: "text",
    LOG_LEVEL: "warn",
  };
  if (all.REDIS_URL_FILE !== undefined) {
    all.REDIS_URL_FILE = join(ground, "redis-url");
    writeFileSync(all.REDIS_URL_FILE, redisUrl);
  }
  if (all.JWT_SECRET_FILE !== undefined || all.AUTH_MODE === "jwt") {
    all.JWT_SECRET_FILE = join(ground, "secret");
    writeFileSync(all.JWT_SECRET_FILE, `${JWT_SECRET}\n`);
  }
  const options = { cwd: join(image.root, image.workdir), env: { PATH: process.env.PATH, ...all }, ...USER };
  const [program = "", ...args] = image.entrypoint;
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const errors: string[] = [];
  child.stderr.on("data", (text) => errors.push(String(text)));
  const ports = await portsOf(child, errors);
  const [check = "", ...checkArgs] = image.healthcheck;
  return {
    ...ports,
    checkHealth: () =>
      new Promise((resolve) => {
        const env = { ...options.env, METRICS_PORT: String(ports.metricsPort) };
        execFile(check, checkArgs, { ...options, env }, (error) => resolve(error === null ? 0 : Number(error.code)));
      }),
    async stop(signal) {
      const closed = once(child, "close");
      child.kill(signal);
      const [code] = await closed;
      return { code, errors: errors.join("") };
    },
  };
}

/** Returns what the program of the image prints when it is called with arguments that start no server. */
export async function ask(image: Image, ...more: string[]): Promise<string> {
  const [program = "", ...args] = image.entrypoint;
  const options = { cwd: join(image.root, image.workdir), env: { PATH: process.env.PATH }, ...USER };
  return new Promise((resolve, reject) => {
    execFile(program, [...args, ...more], options, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
}

async function portsOf(child: ChildProcess, errors: readonly string[]) {
  let port: number | undefined;
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    port ??= Number(/ws:\/\/[^/]+:(\d+)\//.exec(line)?.[1]) || undefined;
    const metricsPort = Number(/^metrics .*:(\d+)\//.exec(line)?.[1]);
    if (port !== undefined && metricsPort) return { port, metricsPort };
  }
  throw new Error(`the server has not started:\n${errors.join("")}`);
}
