import type { Bar } from "@trading/topic";
import { csvOf } from "../csv.js";
import { nameOf, type Resolution } from "./resolutions.js";

const HEADER = ["Time", "Open", "High", "Low", "Close", "Volume"];

/** Returns bars as a CSV file, oldest first. Times are in UTC, as ISO 8601, so that every program reads them. */
export function barsCsv(bars: readonly Bar[]): string {
  return csvOf(
    HEADER,
    bars.map(({ time, open, high, low, close, volume }) => [
      new Date(time).toISOString(),
      open,
      high,
      low,
      close,
      volume,
    ]),
  );
}

/** Returns the name of a file with bars: `AAPL 5 minutes.csv`. A symbol can have characters that no file name has. */
export function barsFileName(symbol: string, resolution: Resolution): string {
  return `${symbol.replaceAll(/[^\p{L}\p{N}._-]/gu, "_")} ${nameOf(resolution)}.csv`;
}
