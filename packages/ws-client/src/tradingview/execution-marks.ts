import type { Execution } from "../rest/trading.js";
import type { Mark, TimescaleMark } from "./datafeed-types.js";

/** The library shows at most this number of marks on a bar. */
const MAX_PER_BAR = 10;

const BUY = { color: "green", label: "B", verb: "Bought" } as const;
const SELL = { color: "red", label: "S", verb: "Sold" } as const;

/** An execution, with the opening time of its bar. */
export interface ExecutionOnBar {
  readonly execution: Execution;
  /** Unix seconds. */
  readonly barTime: number;
}

/** Marks executions on their bars, the newest ones of a bar with too many. */
export function marksOf(executions: readonly ExecutionOnBar[]): Mark[] {
  return newestOfEachBar(executions).map(({ execution, barTime, id }) => {
    const { color, label } = sideOf(execution);
    return { id, time: barTime, color, label, text: sentence(execution), labelFontColor: "white", minSize: 16 };
  });
}

/** Marks executions on the time scale, the newest ones of a bar with too many. */
export function timescaleMarksOf(executions: readonly ExecutionOnBar[]): TimescaleMark[] {
  return newestOfEachBar(executions).map(({ execution, barTime, id }) => {
    const { color, label } = sideOf(execution);
    return { id, time: barTime, color, label, tooltip: [sentence(execution)] };
  });
}

function newestOfEachBar(executions: readonly ExecutionOnBar[]) {
  const counts = new Map<number, number>();
  const kept: (ExecutionOnBar & { readonly id: string })[] = [];
  for (const each of [...executions].reverse()) {
    const count = counts.get(each.barTime) ?? 0;
    counts.set(each.barTime, count + 1);
    if (count < MAX_PER_BAR) kept.push({ ...each, id: `${each.barTime}-${count}` });
  }
  return kept.reverse();
}

function sideOf({ side }: Execution) {
  return side === 1 ? BUY : SELL;
}

function sentence(execution: Execution): string {
  return `${sideOf(execution).verb} ${execution.qty} at ${execution.price}`;
}
