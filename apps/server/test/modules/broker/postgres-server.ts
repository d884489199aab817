import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { findTool } from "../../../../../tooling/src/tools.mjs";

/** A real PostgreSQL server with nothing in it. */
export interface PostgresServer {
  /** Makes a database. @returns where a client finds it */
  create(database: string): Promise<string>;
  /** The socket it listens on. */
  readonly socket: string;
  /** Cuts the connections and ends it; what it kept is deleted. */
  stop(): Promise<void>;
}

/** Whether PostgreSQL is installed. With `CI=true` it is an error where it is not. */
export const hasPostgres = findTool("postgres") !== undefined;

/** Starts a server of its own, which nobody else can reach: it listens on a socket in a folder of its own. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = dirname(realpathSync(findTool("postgres") as string));
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const data = join(folder, "data");
  const asUser = unprivileged(folder);
  const made = spawnSync(
    join(programs, "initdb"),
    ["--pgdata", data, "--username=test", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
    { ...asUser, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off", "max_connections=20"];
  const child = spawn(join(programs, "postgres"), ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
    ...asUser,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(child, "exit");
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      said.push(line);
      if (line.includes("ready to accept connections")) resolve();
    });
    child.once("exit", () => reject(new Error(`PostgreSQL did not start:\n${said.join("\n")}`)));
  });
  const url = (database: string) => `postgresql://test@/${database}?host=${encodeURIComponent(folder)}`;
  return {
    socket: join(folder, ".s.PGSQL.5432"),
    async create(database) {
      const client = new pg.Client(url("postgres"));
      await client.connect();
      await client.query(`create database ${database}`);
      await client.end();
      return url(database);
    },
    async stop() {
      child.kill("SIGINT");
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

/** PostgreSQL refuses to run as root: then as the user that its package makes. */
function unprivileged(folder: string): SpawnOptions {
  if (process.getuid?.() !== 0) return { cwd: folder };
  const [uid, gid] = ["-u", "-g"].map((which) =>
    Number(spawnSync("id", [which, "postgres"], { encoding: "utf8" }).stdout),
  );
  chownSync(folder, uid as number, gid as number);
  return { cwd: folder, uid: uid as number, gid: gid as number };
}
