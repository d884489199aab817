import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasPostgres } from "../postgres-server.js";
import { Journal } from "./journal.js";
import { Load } from "./load.js";
import { seededRandom } from "./seeded-random.js";
import { ServerProcess } from "./server.js";
import { ACCOUNT, accountUrl, LOOK_MS, placeStop, SYMBOL, statusesOf, untilFinished, zigzag } from "./stops.js";
import { useStores } from "./stores.js";

/** Takeovers of each store. */
const TAKEOVERS = Number(process.env.TAKEOVERS ?? (process.env.NEW_SEEDS === "true" ? 10 : 5));
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000_000);
const CLIENTS = 4;

const stores = useStores("takeover", { bundlesPackages: true });

describe.each(stores.kinds)("two servers on $name", ({ create }) => {
  test(
    `take over after ${TAKEOVERS} times kill -9: nothing lost, nothing doubled, no stop missed (CRASH_SEED=${SEED})`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "takeover-"));
      const running = new Set<ServerProcess>();
      onTestFinished(async () => {
        await Promise.all([...running].map((server) => server.kill()));
        rmSync(folder, { recursive: true });
      });
      const { variables, open } = await create(folder);
      const recording = zigzag(folder);
      const start = async () => {
        const server = await ServerProcess.start(stores.main, folder, {
          ...variables,
          ...recording,
        });
        running.add(server);
        return server;
      };
      const kill = async (server: ServerProcess) => {
        running.delete(server);
        await server.kill();
      };

      const random = seededRandom(SEED);
      const journal = new Journal(ACCOUNT);
      const takeoverMs: number[] = [];
      const stops: string[] = [];
      let holder = await start();
      for (let round = 1; round <= TAKEOVERS; round++) {
        // Before the load, which would only slow it down.
        const standby = await start();
        let replies = 0;
        let wake = () => {};
        const load = new Load(
          journal,
          holder.baseUrl,
          random,
          undefined,
          () => {
            replies++;
            wake();
          },
          [SYMBOL],
        );
        const known = [...journal.acknowledged.keys()].slice(-5);
        for (const key of [...known, ...journal.unconfirmed]) await load.repeat(key);
        const stopListening = await load.listen();
        const clients = Array.from({ length: CLIENTS }, () => load.run());
        const ended = Promise.all(clients).then(() => "ended" as const);
        expect(await standby.brokerStatus()).toBe("standby");
        expect(await refusal(standby)).toEqual([503, "standby"]);
        const wanted = replies + 20 + random(100);
        while (replies < wanted) {
          const replied = new Promise<void>((resolve) => (wake = resolve));
          if ((await Promise.race([ended, replied])) === "ended") throw new Error("The holder exited");
        }
        // It becomes due with the next bars, on this server or on the one that takes over.
        stops.push(await placeStop(holder));
        for (let turns = random(30); turns > 0; turns--) await new Promise(setImmediate);
        await kill(holder);
        const killedAt = performance.now();
        await ended;
        stopListening();
        // No client writes or reads accounts: the new holder watches the market by itself.
        while ((await standby.brokerStatus()) !== "ready") await pause(LOOK_MS);
        takeoverMs.push(performance.now() - killedAt);
        holder = standby;
      }

      await untilFinished(holder, stops);
      await kill(holder);
      const store = open();
      try {
        const compared = await journal.compare(store, stops);
        report(takeoverMs, { ...compared, stops: stops.length, unconfirmed: journal.unconfirmed.length });
        expect(compared.orders).toBeGreaterThan(TAKEOVERS);
        expect(await statusesOf(store, stops)).toEqual(stops.map(() => 2));
      } finally {
        await store.close();
      }
    },
    240_000 + 60_000 * TAKEOVERS,
  );
});

test.skipIf(!hasPostgres)("a holder whose session an administrator ends answers nothing outdated", async () => {
  const folder = mkdtempSync(join(tmpdir(), "takeover-"));
  const url = await stores.createDatabase("terminated");
  const servers: ServerProcess[] = [];
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server.kill()));
    rmSync(folder, { recursive: true });
  });
  for (let count = 0; count < 2; count++) {
    servers.push(await ServerProcess.start(stores.main, folder, { DATABASE_URL: url }));
  }
  const [holder, standby] = servers as [ServerProcess, ServerProcess];
  expect([await holder.brokerStatus(), await standby.brokerStatus()]).toEqual(["ready", "standby"]);
  const administrator = new pg.Client(url);
  await administrator.connect();
  const ended = await administrator.query(
    "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid()",
  );
  await administrator.end();
  expect(ended.rowCount).toBe(1);
  // Either one gets the lease next. As soon as one has executed an order, the other knows it or refuses.
  let placed: string | undefined;
  const replies = { known: 0, refused: 0 };
  while (replies.known === 0 || replies.refused < 5) {
    for (const server of [holder, standby]) {
      placed ??= await placeLimit(server);
      const reply = await fetch(accountUrl(server, "orders"));
      const body = await reply.json();
      if (placed === undefined) continue;
      if (reply.status === 503) replies.refused++;
      else {
        replies.known++;
        expect((body as { id: string }[]).map(({ id }) => id)).toEqual([placed]);
      }
    }
  }
});

/** Returns the status and the code with which a server refuses a request for an account. */
async function refusal(server: ServerProcess): Promise<readonly unknown[]> {
  const reply = await fetch(accountUrl(server, "orders"));
  return [reply.status, ((await reply.json()) as { code?: string }).code];
}

/** Places an order that is not filled. @returns its id; undefined if it is refused */
async function placeLimit(server: ServerProcess): Promise<string | undefined> {
  const reply = await fetch(accountUrl(server, "orders"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ symbol: "AAPL", type: 1, side: 1, qty: 1, limitPrice: 1 }),
  });
  return ((await reply.json()) as { orderId?: string }).orderId;
}

function report(takeoverMs: number[], counts: object): void {
  const sorted = takeoverMs.sort((one, other) => one - other).map(Math.round);
  const times = { median: sorted[sorted.length >> 1], longest: sorted.at(-1) };
  process.stdout.write(`${TAKEOVERS} takeovers in ms: ${JSON.stringify(times)}, ${JSON.stringify(counts)}\n`);
}
