import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { holderOf } from "./holder.js";
import { Journal } from "./journal.js";
import { Load } from "./load.js";
import { seededRandom } from "./seeded-random.js";
import { ServerProcess } from "./server.js";
import { ACCOUNT, placeStop, SYMBOL, statusesOf, untilFinished, zigzag } from "./stops.js";
import { useStores } from "./stores.js";

/** Workers that are killed, for each store. */
const KILLS = Number(process.env.WORKER_KILLS ?? 3);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000_000);
const CLIENTS = 6;

const stores = useStores("workers");

describe.each(stores.kinds)("three workers on $name", ({ create }) => {
  test(
    `trade on when the one that runs the broker is killed ${KILLS} times: nothing lost, nothing doubled, no stop missed (CRASH_SEED=${SEED})`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "workers-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const { variables, open } = await create(folder);
      const server = await ServerProcess.start(stores.main, folder, {
        ...variables,
        ...zigzag(folder),
        REPLAY_STARTS_AT: new Date().toISOString(),
        WORKERS: "3",
        LOG_LEVEL: "info",
      });
      onTestFinished(() => server.stop());
      /** Waits for all workers, also those that replace others: the port stays while one of them listens. */
      const untilListening = async (starts: number) => {
        while (server.output().split("A worker listens").length <= starts) await new Promise(setImmediate);
      };
      await untilListening(3);
      const random = seededRandom(SEED);
      const journal = new Journal(ACCOUNT);
      let replies = 0;
      let wake = () => {};
      const onDone = () => {
        replies++;
        wake();
      };
      const load = new Load(journal, server.baseUrl, random, undefined, onDone, [SYMBOL], true);
      const clients = Promise.all(Array.from({ length: CLIENTS }, () => load.run()));
      const failed = clients.then(() => "ended" as const);
      const stops: string[] = [];
      const killed = new Set<number>();
      const takeoverMs: number[] = [];
      for (let kill = 1; kill <= KILLS; kill++) {
        const wanted = replies + 20 + random(100);
        while (replies < wanted) {
          const replied = new Promise<void>((resolve) => (wake = resolve));
          if ((await Promise.race([failed, replied])) === "ended") throw new Error("The clients ended");
        }
        stops.push(await placeStop(server, `stop ${kill}`));
        const pid = await holderOf(open);
        killed.add(pid);
        process.kill(pid, "SIGKILL");
        const killedAt = performance.now();
        await placeStop(server, `stop ${kill}`);
        stops.push(await placeStop(server, `stop after ${kill}`));
        takeoverMs.push(Math.round(performance.now() - killedAt));
        await untilListening(3 + kill);
      }
      load.stop();
      await clients;
      expect(killed.size).toBe(KILLS);
      for (const key of [...journal.acknowledged.keys()].slice(-20)) await load.repeat(key);
      await untilFinished(server, stops);
      await server.stop();
      const store = open();
      try {
        const compared = await journal.compare(store, stops);
        expect(await statusesOf(store, stops)).toEqual(stops.map(() => 2));
        expect([compared.orders > KILLS, journal.unconfirmed]).toEqual([true, []]);
        const counts = { ...compared, stops: stops.length, retried: load.retried };
        process.stdout.write(
          `${KILLS} workers killed, trading again after ms: ${takeoverMs}, ${JSON.stringify(counts)}\n`,
        );
      } finally {
        await store.close();
      }
    },
    240_000 + 60_000 * KILLS,
  );
});
