import { afterEach, expect, test } from "vitest";
import type { ClientOptions } from "../../src/index.js";
import { Herd, type Stampede, seeded } from "./herd.js";

/** What PROTOCOL.md's `server.draining` asks for in the server's own README. */
const DRAIN_MS = 10_000;
const GONE_MS = 5_000;

const AFTER_A_DRAIN = 0.03;
const AFTER_A_DEATH = 0.12;

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

function tell(what: string, { attempts, busiest, share, lastedMs }: Stampede): void {
  const told = `${attempts} attempts in ${(lastedMs / 1000).toFixed(1)} s, ${busiest} in the busiest 100 ms`;
  console.log(`${what}: ${told} = ${(100 * share).toFixed(2)} % (HERD_SEED=${seed})`);
}

test("ten thousand clients come back a few at a time", () => {
  const herd = herdOf(10_000);

  const drain = herd.drain(DRAIN_MS, GONE_MS);
  tell("after a drain of 10 s, gone for 5 s", drain);
  expect(drain.attempts).toBeGreaterThan(10_000);
  expect(drain.share).toBeLessThanOrEqual(AFTER_A_DRAIN);

  const death = herd.die(GONE_MS);
  tell("after a sudden death, gone for 5 s", death);
  expect(death.attempts).toBeGreaterThan(10_000);
  expect(death.share).toBeLessThanOrEqual(AFTER_A_DEATH);

  // The worst of it: everyone's first attempt succeeds, so that nobody's later ones thin the share out.
  const blink = herd.die(0);
  tell("after a sudden death, back at once", blink);
  expect(blink.attempts).toBe(10_000);
  expect(blink.share).toBeLessThanOrEqual(AFTER_A_DEATH);
});

test("clients that all wait the same time come back at once", () => {
  const fixed = herdOf(1_000, { random: () => 1, backoffInitialMs: 1_000, backoffMaxMs: 1_000 });
  expect(fixed.die(0).share).toBe(1);
  expect(fixed.die(GONE_MS).share).toBeGreaterThan(AFTER_A_DEATH);
  expect(fixed.drain(DRAIN_MS, GONE_MS).share).toBeGreaterThan(AFTER_A_DRAIN);
});

test("without jitter backing off is of no use", () => {
  const unjittered = herdOf(1_000, { random: () => 1 });
  expect(unjittered.die(0).share).toBe(1);
  expect(unjittered.die(GONE_MS).share).toBeGreaterThan(AFTER_A_DEATH);
  expect(unjittered.drain(DRAIN_MS, GONE_MS).share).toBeGreaterThan(AFTER_A_DRAIN);
});
