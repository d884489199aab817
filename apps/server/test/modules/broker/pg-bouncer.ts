import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findTool } from "../../../../../tooling/src/tools.mjs";
import { postgresUser } from "./postgres-server.js";

/** Whether PgBouncer is installed. With `CI=true`, a missing PgBouncer is an error. */
export const hasPgBouncer = findTool("pgbouncer") !== undefined;

/** Only part of the name of the Unix socket, which is in a separate folder. */
const PORT = 6432;

/** The rule by which PgBouncer assigns sessions to connections. */
export type PoolMode = "session" | "transaction" | "statement";

/**
 * Starts PgBouncer in front of a PostgreSQL server that listens on a Unix socket.
 *
 * @param socketFolder the folder of the server's socket
 * @param settings further lines of its configuration
 */
export async function startPgBouncer(
  socketFolder: string,
  mode: PoolMode,
  settings: readonly string[] = [],
): Promise<{ url(database: string): string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "pgbouncer-"));
  const user = postgresUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const config = join(folder, "pgbouncer.ini");
  writeFileSync(
    config,
    [
      "[databases]",
      `* = host=${socketFolder} user=test`,
      "[pgbouncer]",
      "listen_addr =",
      `listen_port = ${PORT}`,
      `unix_socket_dir = ${folder}`,
      "auth_type = any",
      `pool_mode = ${mode}`,
      ...settings,
    ].join("\n"),
  );
  const child = spawn(findTool("pgbouncer") as string, [config], { ...user, stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(child, "exit");
  const output: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      output.push(line);
      if (line.includes("process up")) resolve();
    });
    child.once("exit", () => reject(new Error(`PgBouncer did not start:\n${output.join("\n")}`)));
  });
  return {
    url: (database) => `postgresql://test@/${database}?host=${encodeURIComponent(folder)}&port=${PORT}`,
    async stop() {
      child.kill("SIGINT");
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}
