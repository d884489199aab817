import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, onTestFinished, test } from "vitest";
import { hasRedis, RedisServer } from "../../../../../../tooling/src/redis/redis-server.mjs";
import { killHolders } from "./killed-holders.js";
import { ServerProcess } from "./server.js";
import { zigzag } from "./stops.js";
import { useStores } from "./stores.js";

/** Servers that are killed. */
const KILLS = Number(process.env.SERVER_KILLS ?? (process.env.NEW_SEEDS === "true" ? 5 : 3));
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000_000);

const stores = useStores("servers");

// The last kind is the one for servers on several machines, where it is installed.
describe.skipIf(!hasRedis).each(stores.kinds.slice(-1))(
  "two servers and a gateway on Redis and $name",
  ({ create }) => {
    test(
      `trade on when the one that runs the broker is killed ${KILLS} times: nothing lost, nothing doubled, no stop missed (CRASH_SEED=${SEED})`,
      async () => {
        const folder = mkdtempSync(join(tmpdir(), "servers-"));
        onTestFinished(() => rmSync(folder, { recursive: true }));
        const redis = await RedisServer.start();
        onTestFinished(() => redis.stop());
        const { variables, open } = await create(folder);
        const settings = {
          ...variables,
          ...zigzag(folder),
          REPLAY_STARTS_AT: new Date().toISOString(),
          REDIS_URL: redis.url,
        };
        const servers = new Map<number, ServerProcess>();
        onTestFinished(async () => {
          for (const server of servers.values()) await server.kill();
        });
        const start = async (more: Readonly<Record<string, string>> = {}) => {
          const server = await ServerProcess.start(stores.main, folder, { ...settings, ...more });
          servers.set(server.pid, server);
          return server;
        };
        for (let count = 0; count < 2; count++) await start();
        // It never runs the broker, and forwards all commands.
        const gateway = await start({ RUN_SOURCES: "off" });

        const kill = async (pid: number) => {
          const holder = servers.get(pid) as ServerProcess;
          servers.delete(pid);
          await holder.kill();
        };
        const replace = async () => void (await start());
        const stop = async () => {
          for (const [pid, server] of servers) {
            servers.delete(pid);
            await server.stop();
          }
        };
        await killHolders({ server: gateway, open, kill, replace, stop }, "servers", KILLS, SEED);
      },
      240_000 + 60_000 * KILLS,
    );
  },
);
