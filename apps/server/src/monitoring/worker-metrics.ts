import { AggregatorRegistry, collectDefaultMetrics, Gauge, type MetricObject, Registry } from "prom-client";

/** The metrics of a process as JSON, which carry its `worker` label. */
export type MetricList = readonly MetricObject[];

/** Joins the metrics of several processes. Their series differ by the label `worker`, so that nothing is summed. */
export function joinMetrics(lists: readonly MetricList[]): Promise<string> {
  // Some metrics are left out of sums, such as the start of a process. Nothing is summed here, so all are kept.
  const kept = lists.map((list) => list.map((metric) => ({ ...metric, aggregator: "sum" as const })));
  return AggregatorRegistry.aggregate(kept).metrics();
}

/** Measures the primary itself, with the label `worker="primary"`. @param listening returns the number of workers that listen */
export function measurePrimary(listening: () => number): Registry {
  const register = new Registry();
  register.setDefaultLabels({ worker: "primary" });
  collectDefaultMetrics({ register });
  new Gauge({
    name: "trading_workers_listening",
    help: "Workers that accept clients",
    registers: [register],
    collect() {
      this.set(listening());
    },
  });
  return register;
}
