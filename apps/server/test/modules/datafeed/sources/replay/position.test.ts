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

interface RunOptions {
  readonly ms: number;
  readonly barsPerSecond: number;
  readonly kill?: boolean;
  readonly text?: string;
  readonly atEnd?: "stop" | "loop";
}

/** Runs a server: it replays for a while, and is stopped or killed. */
async function run(directory: string, options: RunOptions) {
  const { ms, barsPerSecond, kill = false, text = TEXT, atEnd = "loop" } = options;
  const clock = new ManualClock();
  const warnings: string[] = [];
  const logger = { ...silent, warn: (message: string) => void warnings.push(message) };
  const position = new ReplayPosition(directory, text, logger);
  const recording = new Recording(text, "aapl.csv");
  const source = new ReplaySource(recording, { symbol: "AAPL", barsPerSecond, atEnd, position, clock, logger });
  const datafeed = new Datafeed(source);
  const before = await datafeed.history({ symbol: "AAPL", resolution: "D", to: undefined, countBack: 5_000 });
  const played: Bar[] = [];
  const stop = await datafeed.watchBars("AAPL", "D", { onValue: (bar) => played.push(bar) });
  clock.advance(ms);
  if (!kill) stop();
  // The first update is the current bar, which is in the history.
  return { before, played: before.length > 0 ? played.slice(1) : played, description: datafeed.description, warnings };
}

test("a replay continues with the next bar after a stop, over any number of restarts", async () => {
  const runs = fc.array(fc.record({ ms: fc.nat(9_000), barsPerSecond: fc.constantFrom(0.5, 4, 33, 400) }), {
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(runs, async (runs) => {
      const directory = mkdtempSync(join(tmpdir(), "replay-"));
      try {
        const all: Bar[] = [];
        for (const each of runs) {
          const { before, played } = await run(directory, each);
          expect(before).toEqual(all.slice(-5_000));
          all.push(...played);
          expect(played).toHaveLength(Math.floor((each.ms * each.barsPerSecond) / 1_000));
        }
        expect(all.slice(0, APPLE.length)).toEqual(APPLE.slice(0, all.length));
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: 30 },
  );
});

test("after a kill it skips at most the bars of one second, repeats none, and has the skipped bars in its history", async () => {
  for (const barsPerSecond of [0.5, 4, 100]) {
    const directory = folder();
    let count = 0;
    for (const ms of [2_000, 3_300, 10_010]) {
      const { before, played } = await run(directory, { ms, barsPerSecond, kill: true });
      expect(before.length).toBeGreaterThanOrEqual(count);
      expect(before.length).toBeLessThanOrEqual(count + Math.max(1, barsPerSecond));
      expect(before).toEqual(APPLE.slice(0, before.length));
      count = before.length + played.length;
    }
  }
});

test("a replay that reached the end stays at the end, also after a kill", async () => {
  const directory = folder();
  const ended = { ms: 12_610, barsPerSecond: 100, atEnd: "stop" } as const;
  expect((await run(directory, { ...ended, kill: true })).played).toEqual(APPLE);
  const { before, played } = await run(directory, ended);
  expect([before, played]).toEqual([APPLE, []]);
});

test("the file is written at most once per second, and is complete at any moment", async () => {
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

test("stopping before the first bar writes nothing", async () => {
  const directory = folder();
  await run(directory, { ms: 0, barsPerSecond: 4 });
  expect(readdirSync(directory)).toEqual([]);
});

test.each([
  ["of another recording", () => `${TEXT.split("\n").slice(0, 100).join("\n")}\n`, undefined],
  ["that cannot be read", () => TEXT, "{"],
  ["with invalid members", () => TEXT, '{"recording":"x","played":-1}'],
])("a saved position %s is ignored with a warning", async (_name, text, content) => {
  const directory = folder();
  await run(directory, { ms: 2_000, barsPerSecond: 4 });
  if (content !== undefined) writeFileSync(join(directory, "replay-position.json"), content);
  const { before, played, warnings } = await run(directory, { ms: 1_000, barsPerSecond: 4, text: text() });
  expect(before).toEqual([]);
  expect(played).toEqual(APPLE.slice(0, 4));
  expect(warnings).toEqual([
    "The replay starts from the beginning: the saved position belongs to another recording or cannot be read",
  ]);
});

test("a position that cannot be saved is a warning, not an error", async () => {
  const directory = join(folder(), "nested");
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

test("the description names the bar at which the replay starts", async () => {
  const directory = folder();
  expect((await run(directory, { ms: 1_000, barsPerSecond: 4 })).description).not.toContain("from bar");
  expect((await run(directory, { ms: 0, barsPerSecond: 4 })).description).toContain(
    "(D), starting at bar 5, 4 bars per second",
  );
});
