import { expect, test } from "vitest";
import { barsCsv, barsFileName } from "../src/chart/bars-csv.js";
import { csvOf } from "../src/csv.js";

test("a CSV file quotes what needs it, and no text runs as a formula", () => {
  const rows = [
    ["A,B", 1.5, 'say "hi"'],
    ["=1+1", -2, undefined],
    ["@cmd", 0, "two\nlines"],
  ];
  expect(csvOf(["Symbol", "Quantity", "Note"], rows)).toBe(
    'Symbol,Quantity,Note\r\n"A,B",1.5,"say ""hi"""\r\n\'=1+1,-2,\r\n\'@cmd,0,"two\nlines"\r\n',
  );
});

test("the bars of a chart are a CSV file with times that every program reads", () => {
  const bar = { time: Date.UTC(2026, 5, 12, 20), open: -1.5, high: 2, low: -2, close: 1, volume: 30 };
  expect(barsCsv([bar, { ...bar, time: bar.time + 60_000 }])).toBe(
    "Time,Open,High,Low,Close,Volume\r\n" +
      "2026-06-12T20:00:00.000Z,-1.5,2,-2,1,30\r\n" +
      "2026-06-12T20:01:00.000Z,-1.5,2,-2,1,30\r\n",
  );
  expect(barsFileName("BRK/B:X", "5")).toBe("BRK_B_X 5 minutes.csv");
});
