import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openLibsqlStore } from "../../../../src/modules/broker/store/libsql.js";
import { Journal } from "./journal.js";
import { type Chance, Load } from "./load.js";
import { buildServer, ServerProcess } from "./server.js";

const KILLS = Number(process.env.CRASH_KILLS ?? 20);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000_000);
/** Clients of each account. */
const CLIENTS = 4;

const outDir = fileURLToPath(new URL(`../../../../node_modules/.cache/crash-test-${process.pid}`, import.meta.url));
let main: string;
beforeAll(async () => {
  main = await buildServer(outDir);
});
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

/** xorshift */
function chanceOf(seed: number): Chance {
  let state = seed || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/*
 * What kill -9 cannot show is whether a commit has reached the disk: the kernel has it, and writes it later. That is what
 * synchronous=FULL is for, and only a power failure tells the difference.
 */
test(
  `what was acknowledged is there exactly once through ${KILLS} times kill -9 (CRASH_SEED=${SEED})`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "crash-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const chance = chanceOf(SEED);
    const journals = [new Journal("TEST-001"), new Journal("A-2")] as const;
    let token: string | undefined;
    let server: ServerProcess | undefined;
    onTestFinished(() => server?.kill());
    const compared = { orders: 0, executions: 0, doubtful: 0 };

    for (let kill = 1; kill <= KILLS; kill++) {
      server = await ServerProcess.start(main, folder);
      const { baseUrl } = server;
      token ??= await demoToken(baseUrl, "A-2");
      let answers = 0;
      let wake = () => {};
      const loads = journals.map(
        (journal) =>
          new Load(journal, baseUrl, chance, journal.accountId === "A-2" ? token : undefined, () => {
            answers++;
            wake();
          }),
      );
      // What was acknowledged before is not placed again, and what was in doubt once.
      for (const [index, journal] of journals.entries()) {
        const known = [...journal.acknowledged.keys()].slice(-5);
        for (const key of [...known, ...journal.doubtful]) await loads[index]?.repeat(key);
      }
      const stops = await Promise.all(loads.map((load) => load.listen()));
      const clients = loads.flatMap((load) => Array.from({ length: CLIENTS }, () => load.run()));
      const ended = Promise.all(clients).then(() => "ended" as const);
      const wanted = 20 + chance(200);
      while (answers < wanted) {
        const answered = new Promise<void>((resolve) => (wake = resolve));
        if ((await Promise.race([ended, answered])) === "ended") throw new Error("The server died by itself");
      }
      // Anywhere in what comes next.
      for (let turns = chance(30); turns > 0; turns--) await new Promise(setImmediate);
      await server.kill();
      await ended;
      for (const stop of stops) stop();
      const store = await openLibsqlStore(join(folder, "broker.db"));
      try {
        for (const journal of journals) {
          const { orders, executions } = await journal.compare(store);
          compared.orders = Math.max(compared.orders, orders);
          compared.executions = Math.max(compared.executions, executions);
          compared.doubtful += journal.doubtful.length;
        }
      } finally {
        await store.close();
      }
    }
    process.stdout.write(`${KILLS} kills: ${JSON.stringify(compared)}\n`);
    expect(compared.orders).toBeGreaterThan(KILLS);
    expect(compared.executions).toBeGreaterThan(KILLS);
  },
  60_000 + 10_000 * KILLS,
);

async function demoToken(baseUrl: string, accountId: string): Promise<string> {
  const reply = await fetch(`${baseUrl}/auth/demo-token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ accountId }),
  });
  return ((await reply.json()) as { token: string }).token;
}
