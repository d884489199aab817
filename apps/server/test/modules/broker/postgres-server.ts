import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { findTool } from "../../../../../tooling/src/tools.mjs";

/** A real PostgreSQL server, without databases. */
export interface PostgresServer {
  /** Creates a database. @returns its connection URL */
  create(database: string): Promise<string>;
  /** The path of the Unix socket on which it listens. */
  readonly socket: string;
  /** Closes the connections, stops the server and deletes its data. */
  stop(): Promise<void>;
}

/** Whether PostgreSQL is installed. With `CI=true`, a missing PostgreSQL is an error. */
export const hasPostgres = findTool("postgres") !== undefined;

/** Starts a separate server. It listens only on a Unix socket in a temporary folder. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = dirname(realpathSync(findTool("postgres") as string));
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const data = join(folder, "data");
  const asUser = unprivileged(folder);
  const init = spawnSync(
    join(programs, "initdb"),
    ["--pgdata", data, "--username=test", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
    { ...asUser, encoding: "utf8" },
  );
  if (init.status !== 0) throw new Error(`initdb failed: ${init.stderr}`);
  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off", "max_connections=20"];
  const child = spawn(join(programs, "postgres"), ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
    ...asUser,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(child, "exit");
  const output: string[] = [];
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      output.push(line);
      if (line.includes("ready to accept connections")) resolve();
    });
    child.once("exit", () => reject(new Error(`PostgreSQL did not start:\n${output.join("\n")}`)));
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

/** Returns options to run as the user `postgres` of the package, because PostgreSQL does not run as root. */
function unprivileged(folder: string): SpawnOptions {
  const user = postgresUser();
  if (user === undefined) return { cwd: folder };
  chownSync(folder, user.uid, user.gid);
  return { cwd: folder, ...user };
}

/** Returns the user `postgres` of the package if this process is root. */
export function postgresUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid = 0, gid = 0] = ["-u", "-g"].map((which) =>
    Number(spawnSync("id", [which, "postgres"], { encoding: "utf8" }).stdout),
  );
  return { uid, gid };
}
