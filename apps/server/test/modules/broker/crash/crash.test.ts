import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openLibsqlStore } from "../../../../src/modules/broker/store/libsql.js";
import { buildServer } from "../../../build-server.js";
import { Journal } from "./journal.js";
import { demoToken, Load } from "./load.js";
import { seededRandom } from "./seeded-random.js";
import { ServerProcess } from "./server.js";

const KILLS = Number(process.env.CRASH_KILLS ?? (process.env.NEW_SEEDS === "true" ? 20 : 10));
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000_000);
/** Clients per account. */
const CLIENTS = 4;

const outDir = fileURLToPath(new URL(`../../../../node_modules/.cache/crash-test-${process.pid}`, import.meta.url));
let main: string;
beforeAll(async () => {
  main = await buildServer(outDir, { bundlesPackages: true });
});
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

/*
 * kill -9 does not test whether a commit has reached the disk: the kernel still writes it after the process was killed.
 * synchronous=FULL ensures that, and only a power failure could test it.
 */
test(
  `acknowledged orders are stored exactly once after ${KILLS} times kill -9 (CRASH_SEED=${SEED})`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "crash-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const random = seededRandom(SEED);
    const journals = [new Journal("TEST-001"), new Journal("A-2")] as const;
    let token: string | undefined;
    let server: ServerProcess | undefined;
    onTestFinished(() => server?.kill());
    const compared = { orders: 0, executions: 0, unconfirmed: 0 };

    for (let kill = 1; kill <= KILLS; kill++) {
      server = await ServerProcess.start(main, folder);
      const { baseUrl } = server;
      token ??= await demoToken(baseUrl, "A-2");
      let replies = 0;
      let wake = () => {};
      const loads = journals.map(
        (journal) =>
          new Load(journal, baseUrl, random, journal.accountId === "A-2" ? token : undefined, () => {
            replies++;
            wake();
          }),
      );
      // Repeating an acknowledged order does not place it again, and an order without a reply is placed at most once.
      for (const [index, journal] of journals.entries()) {
        const known = [...journal.acknowledged.keys()].slice(-5);
        for (const key of [...known, ...journal.unconfirmed]) await loads[index]?.repeat(key);
      }
      const stops = await Promise.all(loads.map((load) => load.listen()));
      const clients = loads.flatMap((load) => Array.from({ length: CLIENTS }, () => load.run()));
      const ended = Promise.all(clients).then(() => "ended" as const);
      const wanted = 20 + random(200);
      while (replies < wanted) {
        const replied = new Promise<void>((resolve) => (wake = resolve));
        if ((await Promise.race([ended, replied])) === "ended")
          throw new Error("The server exited before it was killed");
      }
      // Kill the server at a random moment.
      for (let turns = random(30); turns > 0; turns--) await new Promise(setImmediate);
      await server.kill();
      await ended;
      for (const stop of stops) stop();
      const store = openLibsqlStore(join(folder, "broker.db"));
      try {
        for (const journal of journals) {
          const { orders, executions } = await journal.compare(store);
          compared.orders = Math.max(compared.orders, orders);
          compared.executions = Math.max(compared.executions, executions);
          compared.unconfirmed += journal.unconfirmed.length;
        }
      } finally {
        await store.close();
      }
    }
    process.stdout.write(`${KILLS} kills: ${JSON.stringify(compared)}\n`);
    expect(compared.orders).toBeGreaterThan(KILLS);
    expect(compared.executions).toBeGreaterThan(KILLS);
  },
  240_000 + 60_000 * KILLS,
);
