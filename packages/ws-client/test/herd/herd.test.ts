import { afterEach, expect, test } from "vitest";
import type { ClientOptions } from "../../src/index.js";
import { Herd, type ReconnectStats, seeded } from "./herd.js";

/** The drain time in the example of the server's README. */
const DRAIN_MS = 10_000;
const DOWN_MS = 5_000;

/** The permitted share of attempts within any 100 ms. */
const MAX_SHARE_AFTER_DRAIN = 0.03;
const MAX_SHARE_AFTER_CRASH = 0.12;

const seed = Number(process.env.HERD_SEED ?? Math.floor(Math.random() * 2 ** 32));

const herds: Herd[] = [];
afterEach(() => {
  for (const herd of herds.splice(0)) {
    herd.close();
    expect(herd.pending).toBe(0);
  }
});

function herdOf(count: number, options: Partial<ClientOptions> = {}): Herd {
  const herd = new Herd(count, { random: seeded(seed), ...options });
  herds.push(herd);
  return herd;
}

function report(event: string, { attempts, busiest, share, durationMs }: ReconnectStats): void {
  const counts = `${attempts} attempts in ${(durationMs / 1000).toFixed(1)} s, ${busiest} in the busiest 100 ms`;
  console.log(`${event}: ${counts} = ${(100 * share).toFixed(2)} % (HERD_SEED=${seed})`);
}

test("ten thousand clients spread their reconnects over time", () => {
  const herd = herdOf(10_000);

  const drain = herd.drain(DRAIN_MS, DOWN_MS);
  report("after a drain of 10 s and 5 s down", drain);
  expect(drain.attempts).toBeGreaterThan(10_000);
  expect(drain.share).toBeLessThanOrEqual(MAX_SHARE_AFTER_DRAIN);

  const crash = herd.crash(DOWN_MS);
  report("after a crash and 5 s down", crash);
  expect(crash.attempts).toBeGreaterThan(10_000);
  expect(crash.share).toBeLessThanOrEqual(MAX_SHARE_AFTER_CRASH);

  // The worst case: every first attempt succeeds, so no later attempts lower the share.
  const restart = herd.crash(0);
  report("after a crash and an immediate restart", restart);
  expect(restart.attempts).toBe(10_000);
  expect(restart.share).toBeLessThanOrEqual(MAX_SHARE_AFTER_CRASH);
});

test("clients with a fixed wait all reconnect at the same time", () => {
  const fixed = herdOf(1_000, { random: () => 1, backoffInitialMs: 1_000, backoffMaxMs: 1_000 });
  expect(fixed.crash(0).share).toBe(1);
  expect(fixed.crash(DOWN_MS).share).toBeGreaterThan(MAX_SHARE_AFTER_CRASH);
  expect(fixed.drain(DRAIN_MS, DOWN_MS).share).toBeGreaterThan(MAX_SHARE_AFTER_DRAIN);
});

test("backoff without jitter does not spread the reconnects", () => {
  const unjittered = herdOf(1_000, { random: () => 1 });
  expect(unjittered.crash(0).share).toBe(1);
  expect(unjittered.crash(DOWN_MS).share).toBeGreaterThan(MAX_SHARE_AFTER_CRASH);
  expect(unjittered.drain(DRAIN_MS, DOWN_MS).share).toBeGreaterThan(MAX_SHARE_AFTER_DRAIN);
});
