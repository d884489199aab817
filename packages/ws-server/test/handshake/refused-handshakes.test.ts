import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import type { Refusal } from "../../src/handshake/refusal.js";
import { Refusals } from "../../src/handshake/refusals.js";
import { Observers } from "../../src/observability/observers.js";
import { ManualClock, RecordingLogger } from "../../src/testing/index.js";

const ORIGIN: Refusal = { ok: false, status: 403, cause: "origin", reason: "Pages of this origin are not allowed." };
const FULL: Refusal = { ok: false, status: 503, cause: "connections", reason: "Full." };

function setup() {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const counted: string[] = [];
  const observer = {
    handshakeRefused: ({ cause, status }: { cause: string; status: number }) => void counted.push(`${cause} ${status}`),
  };
  const refusals = new Refusals({ clock, logger, observers: new Observers([observer], logger) });
  return { clock, logger, counted, refusals };
}

/** A stream to a client that reads nothing: a write never completes. */
function stuck(): Duplex {
  return new Duplex({ read() {}, write() {} });
}

test("refused handshakes are counted by cause, and logged once a minute for each cause with the number of others", () => {
  const { clock, logger, counted, refusals } = setup();
  for (let count = 0; count < 1_000; count++) refusals.refuse(stuck(), ORIGIN, "203.0.113.7");
  refusals.refuse(stuck(), FULL, "203.0.113.8");
  expect(counted).toEqual([...Array(1_000).fill("origin 403"), "connections 503"]);
  expect(logger.entries.map(({ fields }) => fields)).toEqual([
    { cause: "origin", status: 403, reason: ORIGIN.reason, address: "203.0.113.7" },
    { cause: "connections", status: 503, reason: FULL.reason, address: "203.0.113.8" },
  ]);
  clock.advance(60_000);
  refusals.refuse(stuck(), ORIGIN, "203.0.113.9");
  expect(logger.entries.at(-1)?.fields).toMatchObject({ cause: "origin", address: "203.0.113.9", othersSince: 999 });
  expect(logger.entries).toHaveLength(3);
});

test("a client that does not read its refusal is disconnected after a second, and leaves no timer", () => {
  const { clock, refusals } = setup();
  const stream = stuck();
  refusals.refuse(stream, ORIGIN, undefined);
  clock.advance(999);
  expect(stream.destroyed).toBe(false);
  clock.advance(1);
  expect(stream.destroyed).toBe(true);
  expect(clock.pending).toBe(0);
});
