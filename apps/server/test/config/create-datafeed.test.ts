import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { createDatafeed, symbolOf } from "../../src/config/create-datafeed.js";
import { EnvError, parseEnv } from "../../src/config/env.js";
import { silent } from "../helpers.js";

test.each([
  ["/data/aapl.csv", "AAPL"],
  ["BTCUSDT-1m-2025-01.csv", "BTCUSDT-1M-2025-01"],
  ["spy.us.txt", "SPY.US"],
  ["noextension", "NOEXTENSION"],
  [".csv", ".CSV"],
  ["straße.csv", "STRASSE"],
  ["a\nb\u0000c  d.csv", "A B C D"],
  [`${"x".repeat(64)}.csv`, "X".repeat(64)],
  [`${"x".repeat(251)}.csv`, "X".repeat(64)],
  [`${"ß".repeat(40)}.csv`, "S".repeat(64)],
  [`${"x".repeat(63)}😀.csv`, "X".repeat(63)],
  [`${"x".repeat(63)} y.csv`, "X".repeat(63)],
])("the symbol of the file %j is %j", (file, symbol) => {
  expect(symbolOf(file)).toBe(symbol);
});

test("a file whose name contains no symbol is refused", () => {
  expect(() => symbolOf("/data/ \u200b.csv")).toThrow(
    new EnvError(
      "REPLAY_FILE",
      'The name of the file "/data/ \u200b.csv" contains no symbol. Set REPLAY_SYMBOL, or rename the file.',
    ),
  );
});

test("a recording with a name of 255 bytes is played, and what it is read as is logged", async () => {
  const directory = mkdtempSync(join(tmpdir(), "replay-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, `${"n".repeat(251)}.csv`);
  writeFileSync(file, "date,close,open,high,low,Adj Close\n2026-01-06,1,1,1,1,1\n2026-01-05,1,1,1,1,1\n");
  const logged: string[] = [];
  const logger = { ...silent, info: (message: string) => void logged.push(message) };
  const env = parseEnv({ DATAFEED: "replay", REPLAY_FILE: file, DATA_DIR: directory });
  const datafeed = createDatafeed(env, new ManualClock(0), logger);
  onTestFinished(() => datafeed.close());
  expect([...datafeed.instruments.keys()]).toEqual(["N".repeat(64)]);
  expect(logged).toEqual([
    "The file has the newest bar first: it is played from its end.",
    'Prices are played as they were traded: the column "Adj Close" is not used.',
  ]);
});
