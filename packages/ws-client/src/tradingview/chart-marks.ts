import { bars } from "@trading/topic/shapes";
import type { Execution } from "../rest/trading.js";
import { BarTimes } from "./bar-times.js";
import { chartDays } from "./chart-days.js";
import type { SymbolName } from "./datafeed-types.js";
import type { ExecutionOnBar } from "./execution-marks.js";
import { resolutionOf } from "./resolution.js";

/** Finds the bars on which executions are marked. */
export class ChartMarks {
  readonly #executions: (symbol: string) => Promise<readonly Execution[]>;
  /** The bars that charts have, by topic: a mark must have the opening time of one. */
  readonly #times = new Map<string, BarTimes>();

  constructor(executions: (symbol: string) => Promise<readonly Execution[]>) {
    this.#executions = executions;
  }

  /** Records bars of a chart. @param times their opening times, in the chart's milliseconds */
  barsLoaded(topic: string, times: readonly number[]): void {
    const known = this.#times.get(topic) ?? new BarTimes();
    known.add(times);
    this.#times.set(topic, known);
  }

  /** Loads the executions on the bars of a period. @param period in Unix seconds, both ends included */
  async load(
    { name, ticker = name, timezone }: SymbolName,
    period: { readonly from: number; readonly to: number },
    libraryResolution: string,
  ): Promise<ExecutionOnBar[]> {
    const resolution = resolutionOf(libraryResolution);
    const executions = await this.#executions(ticker);
    const times = this.#times.get(bars.buildTopic({ symbol: ticker, resolution }));
    const { toChart } = chartDays(timezone, resolution);
    return executions.flatMap((execution) => {
      const barTime = (times?.at(toChart(execution.time)) ?? Number.NaN) / 1_000;
      return barTime >= period.from && barTime <= period.to ? [{ execution, barTime }] : [];
    });
  }
}
