import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasRedis, RedisServer } from "../../../../../../tooling/src/redis/redis-server.mjs";
import { holderOf } from "./holder.js";
import { Journal } from "./journal.js";
import { Load } from "./load.js";
import { seededRandom } from "./seeded-random.js";
import { ServerProcess } from "./server.js";
import { ACCOUNT, placeStop, SYMBOL, statusesOf, untilFinished, zigzag } from "./stops.js";
import { useStores } from "./stores.js";

/** Servers that are killed. */
const KILLS = Number(process.env.SERVER_KILLS ?? 5);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000_000);
const CLIENTS = 6;

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

        const random = seededRandom(SEED);
        const journal = new Journal(ACCOUNT);
        let replies = 0;
        let wake = () => {};
        const onDone = () => {
          replies++;
          wake();
        };
        const load = new Load(journal, gateway.baseUrl, random, undefined, onDone, [SYMBOL], true);
        const clients = Promise.all(Array.from({ length: CLIENTS }, () => load.run()));
        const failed = clients.then(() => "ended" as const);
        const stops: string[] = [];
        const takeoverMs: number[] = [];
        for (let kill = 1; kill <= KILLS; kill++) {
          const wanted = replies + 20 + random(100);
          while (replies < wanted) {
            const replied = new Promise<void>((resolve) => (wake = resolve));
            if ((await Promise.race([failed, replied])) === "ended") throw new Error("The clients ended");
          }
          stops.push(await placeStop(gateway, `stop ${kill}`));
          const pid = await holderOf(open);
          const holder = servers.get(pid) as ServerProcess;
          servers.delete(pid);
          await holder.kill();
          const killedAt = performance.now();
          // It is repeated until the other server has the broker.
          await placeStop(gateway, `stop ${kill}`);
          stops.push(await placeStop(gateway, `stop after ${kill}`));
          takeoverMs.push(Math.round(performance.now() - killedAt));
          await start();
        }
        load.stop();
        await clients;
        for (const key of [...journal.acknowledged.keys()].slice(-20)) await load.repeat(key);
        await untilFinished(gateway, stops);
        for (const [pid, server] of servers) {
          servers.delete(pid);
          await server.stop();
        }
        const store = open();
        try {
          const compared = await journal.compare(store, stops);
          expect(await statusesOf(store, stops)).toEqual(stops.map(() => 2));
          expect([compared.orders > KILLS, journal.unconfirmed]).toEqual([true, []]);
          const counts = { ...compared, stops: stops.length, retried: load.retried };
          process.stdout.write(
            `${KILLS} servers killed, trading again after ms: ${takeoverMs}, ${JSON.stringify(counts)}\n`,
          );
        } finally {
          await store.close();
        }
      },
      240_000 + 60_000 * KILLS,
    );
  },
);
