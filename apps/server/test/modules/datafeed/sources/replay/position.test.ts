import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bar } from "@trading/topic";
import { ManualClock } from "@trading/ws-server/testing";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { Datafeed } from "../../../../../src/modules/datafeed/service.js";
import { ReplayPosition } from "../../../../../src/modules/datafeed/sources/replay/position.js";
import { Recording } from "../../../../../src/modules/datafeed/sources/replay/recording.js";
import { ReplaySource } from "../../../../../src/modules/datafeed/sources/replay/source.js";
import { AAPL_CSV, aaplBars, silent } from "../../../../helpers.js";

const TEXT = readFileSync(AAPL_CSV, "utf8");
const APPLE = aaplBars();

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "replay-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

interface Life {
  readonly ms: number;
  readonly barsPerSecond: number;
  readonly kill?: boolean;
  readonly text?: string;
  readonly atEnd?: "stop" | "loop";
}

/** One life of a server: plays for a while, and is stopped or killed. */
async function live(directory: string, options: Life) {
  const { ms, barsPerSecond, kill = false, text = TEXT, atEnd = "loop" } = options;
  const clock = new ManualClock();
  const warnings: string[] = [];
  const logger = { ...silent, warn: (message: string) => void warnings.push(message) };
  const position = new ReplayPosition(directory, text, logger);
  const recording = new Recording(text, "aapl.csv");
  const source = new ReplaySource(recording, { symbol: "AAPL", barsPerSecond, atEnd, position, clock, logger });
  const datafeed = new Datafeed(source);
  const before = await datafeed.history({ symbol: "AAPL", resolution: "D", to: undefined, countBack: 5_000 });
  const told: Bar[] = [];
  const stop = await datafeed.watchBars("AAPL", "D", { onValue: (bar) => told.push(bar) });
  clock.advance(ms);
  if (!kill) stop();
  // The first is the present one, which the history has.
  return { before, told: before.length > 0 ? told.slice(1) : told, description: datafeed.description, warnings };
}

test("a replay goes on at the very next bar after a stop, over any number of restarts", async () => {
  const lives = fc.array(fc.record({ ms: fc.nat(9_000), barsPerSecond: fc.constantFrom(0.5, 4, 33, 400) }), {
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(lives, async (all) => {
      const directory = mkdtempSync(join(tmpdir(), "replay-"));
      try {
        const told: Bar[] = [];
        for (const each of all) {
          const { before, told: more } = await live(directory, each);
          expect(before).toEqual(told.slice(-5_000));
          told.push(...more);
          expect(more).toHaveLength(Math.floor((each.ms * each.barsPerSecond) / 1_000));
        }
        expect(told.slice(0, APPLE.length)).toEqual(APPLE.slice(0, told.length));
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: 30 },
  );
});

test("after a kill it goes on at most a second's bars later, never back, and the bars between are in its history", async () => {
  for (const barsPerSecond of [0.5, 4, 100]) {
    const directory = folder();
    let told = 0;
    for (const ms of [2_000, 3_300, 10_010]) {
      const { before, told: more } = await live(directory, { ms, barsPerSecond, kill: true });
      expect(before.length).toBeGreaterThanOrEqual(told);
      expect(before.length).toBeLessThanOrEqual(told + Math.max(1, barsPerSecond));
      expect(before).toEqual(APPLE.slice(0, before.length));
      told = before.length + more.length;
    }
  }
});

test("a recording that has ended has ended, also for a server that was killed then", async () => {
  const directory = folder();
  const ended = { ms: 12_610, barsPerSecond: 100, atEnd: "stop" } as const;
  expect((await live(directory, { ...ended, kill: true })).told).toEqual(APPLE);
  const { before, told } = await live(directory, ended);
  expect([before, told]).toEqual([APPLE, []]);
});

test("the file is written once a second at most while it plays, and whole at any moment", async () => {
  const directory = folder();
  const position = new ReplayPosition(directory, TEXT, silent);
  let writes = 0;
  let known = "";
  for (let played = 1; played <= 1_000; played++) {
    position.reserve(played, 100);
    expect(readdirSync(directory)).toEqual(["replay-position.json"]);
    const text = readFileSync(join(directory, "replay-position.json"), "utf8");
    if (text !== known) writes++;
    known = text;
    expect(JSON.parse(text).played).toBeGreaterThanOrEqual(played);
  }
  expect(writes).toBe(10);
});

test("a stop without anything played writes nothing", async () => {
  const directory = folder();
  await live(directory, { ms: 0, barsPerSecond: 4 });
  expect(readdirSync(directory)).toEqual([]);
});

test.each([
  ["of another recording", () => `${TEXT.split("\n").slice(0, 100).join("\n")}\n`, undefined],
  ["that cannot be read", () => TEXT, "{"],
  ["that is none", () => TEXT, '{"recording":"x","played":-1}'],
])("a position %s begins anew, and says so", async (_name, text, content) => {
  const directory = folder();
  await live(directory, { ms: 2_000, barsPerSecond: 4 });
  if (content !== undefined) writeFileSync(join(directory, "replay-position.json"), content);
  const { before, told, warnings } = await live(directory, { ms: 1_000, barsPerSecond: 4, text: text() });
  expect(before).toEqual([]);
  expect(told).toEqual(APPLE.slice(0, 4));
  expect(warnings).toEqual([
    "The replay starts from the beginning: the saved position belongs to another recording or cannot be read",
  ]);
});

test("a disk that fails costs the position only, and is told of", async () => {
  const directory = join(folder(), "below");
  const warnings: unknown[] = [];
  const logger = { ...silent, warn: (...line: unknown[]) => void warnings.push(line) };
  const position = new ReplayPosition(directory, TEXT, logger);
  rmSync(directory, { recursive: true });
  position.save(5);
  expect(warnings).toEqual([
    [
      "The replay position cannot be saved",
      { file: join(directory, "replay-position.json"), error: expect.objectContaining({ code: "ENOENT" }) },
    ],
  ]);
});

test("what starts says where it goes on", async () => {
  const directory = folder();
  expect((await live(directory, { ms: 1_000, barsPerSecond: 4 })).description).not.toContain("from bar");
  expect((await live(directory, { ms: 0, barsPerSecond: 4 })).description).toContain(
    "(D), starting at bar 5, 4 bars per second",
  );
});
