import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { killHolders } from "./killed-holders.js";
import { ServerProcess } from "./server.js";
import { zigzag } from "./stops.js";
import { useStores } from "./stores.js";

/** Workers that are killed, for each store. */
const KILLS = Number(process.env.WORKER_KILLS ?? (process.env.NEW_SEEDS === "true" ? 3 : 2));
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000_000);

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
      const untilListening = (starts: number) => server.untilPrinted("A worker listens", starts);
      await untilListening(3);
      const killed = new Set<number>();
      const kill = (pid: number) => {
        killed.add(pid);
        process.kill(pid, "SIGKILL");
      };
      const replace = (kills: number) => untilListening(3 + kills);
      const stop = () => server.stop();
      await killHolders({ server, open, kill, replace, stop }, "workers", KILLS, SEED);
      expect(killed.size).toBe(KILLS);
    },
    240_000 + 60_000 * KILLS,
  );
});
