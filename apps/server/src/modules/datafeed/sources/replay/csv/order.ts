import type { Bar } from "@trading/topic";
import { MINUTE_MS } from "../../../resolution.js";
import { quoted, RecordingError } from "./recording-error.js";

const AGGREGATE = "Trades, ticks and seconds must be aggregated to bars of a minute or more.";

/** Bars in ascending order of time. */
export interface OrderedBars {
  readonly bars: Bar[];
  readonly notes: readonly string[];
}

/**
 * Returns bars in ascending order: those of a file with the newest first in reverse, and each repeated bar once.
 *
 * @param lines line numbers of the bars, @param cells their times as the file writes them
 * @throws RecordingError for a time that is out of order, or that has two different bars
 */
export function inTimeOrder(
  bars: readonly Bar[],
  lines: readonly number[],
  cells: readonly string[],
  file: string,
): OrderedBars {
  const isDescending = (bars.at(-1)?.time ?? 0) < (bars[0]?.time ?? 0);
  const direction = isDescending ? -1 : 1;
  const ordered: Bar[] = [];
  for (const [at, bar] of bars.entries()) {
    const before = ordered.at(-1);
    const step = before === undefined ? MINUTE_MS : (bar.time - before.time) * direction;
    if (step >= MINUTE_MS) ordered.push(bar);
    else if (step !== 0 || !isSame(bar, before as Bar)) {
      const problem = step < 0 ? outOfOrder(isDescending) : step === 0 ? twice(lines[at - 1]) : tooClose(step);
      throw new RecordingError(file, lines[at], `invalid time ${quoted(cells[at] as string)}: ${problem}`);
    }
  }
  const repeated = bars.length - ordered.length;
  return {
    bars: isDescending ? ordered.reverse() : ordered,
    notes: [
      ...(isDescending ? ["The file has the newest bar first: it is played from its end."] : []),
      ...(repeated > 0 ? [`Bars that the file repeats are played once: ${repeated}.`] : []),
    ],
  };
}

function outOfOrder(isDescending: boolean): string {
  const expected = isDescending
    ? "earlier than that of the line above, as the file descends"
    : "later than that of the line above";
  return `expected one ${expected}. Sort the lines by time, or correct the line.`;
}

function twice(line: number | undefined): string {
  const hour = "An hour that repeats when summer time ends needs times with a zone.";
  return `line ${line} has another bar of this time. Delete one of them. ${hour} ${AGGREGATE}`;
}

function tooClose(stepMs: number): string {
  return `it is ${stepMs} ms from that of the line above, expected at least a minute. ${AGGREGATE}`;
}

function isSame(a: Bar, b: Bar): boolean {
  return a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close && a.volume === b.volume;
}
