import { Gauge, Histogram, type Registry } from "prom-client";
import type { ServerModule } from "../modules/module.js";

/** Histogram buckets in seconds: a commit takes milliseconds on a local disk, and at most some seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Measures the commits of modules that store changes. */
export function measureCommits(modules: readonly ServerModule[], register: Registry): void {
  const durations = new Histogram({
    name: "trading_broker_commit_duration_seconds",
    help: "Time to store the changes of one batch of commands",
    labelNames: ["outcome"],
    buckets: BUCKETS,
    registers: [register],
  });
  // The series exist from the start, so that alerts and rates do not miss the first commits.
  for (const outcome of ["ok", "failed"]) durations.zero({ outcome });
  const stores = modules.flatMap(({ commits }) => commits ?? []);
  for (const commits of stores) {
    commits.onCommit((durationMs, isStored) =>
      durations.observe({ outcome: isStored ? "ok" : "failed" }, durationMs / 1_000),
    );
  }
  new Gauge({
    name: "trading_broker_queued_commands",
    help: "Commands that wait for a commit, or for the rows of their account",
    registers: [register],
    collect() {
      this.set(stores.reduce((sum, { queued }) => sum + queued, 0));
    },
  });
}
