import { Expectations, type ExpectedFailure } from "../expected-failures.js";
import { type WireReport, type WireResult, wireReport } from "./report.js";
import { type Scenario, WireFailure, WireFault } from "./scenario.js";
import { Trace } from "./trace.js";

/** The options that runs of servers and clients share. */
export interface WireRunOptions {
  /** The scenarios that are known to fail. @default none */
  readonly expectedFailures?: readonly ExpectedFailure[];
  /** The time limit for each frame, close or event. @default 5_000 */
  readonly timeoutMs?: number;
  /** Number of scenarios that run at the same time. Most of their time is waiting. @default 1 */
  readonly concurrency?: number;
  /** Aborts the run, which then rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
  /** Called after each scenario. */
  readonly onResult?: (result: WireResult) => void;
}

/** Runs scenarios against one peer. */
export async function runScenarios<Context>(
  peer: WireReport["peer"],
  implementation: WireReport["implementation"],
  all: readonly Scenario<Context>[],
  selected: readonly Scenario<Context>[],
  known: ReadonlyMap<string, string>,
  inContext: (trace: Trace, run: (context: Context) => Promise<void>) => Promise<void>,
  { expectedFailures = [], concurrency = 1, signal, onResult }: WireRunOptions,
): Promise<WireReport> {
  const declared = new Set(implementation.features);
  const expectations = new Expectations(expectedFailures);
  const startedAt = performance.now();
  const run = async (scenario: Scenario<Context>): Promise<WireResult> => {
    const { id, title, section, sentence, tier, needs: features } = scenario;
    const missing = features.filter((feature) => !declared.has(feature));
    const outcome = missing.length > 0 ? unsupported(peer, missing) : await runScenario(scenario, inContext);
    const reason = outcome.status === "failed" ? expectations.reasonFor(id) : undefined;
    const expected = reason !== undefined && { status: "expected_failure" as const, reason };
    return { id, title, section, sentence, tier, features, ...outcome, ...expected };
  };
  const results: WireResult[] = [];
  let next = 0;
  const work = async () => {
    while (next < selected.length) {
      signal?.throwIfAborted();
      const index = next++;
      const result = await run(selected[index] as Scenario<Context>);
      results[index] = result;
      onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  signal?.throwIfAborted();
  const completed = results.filter(({ status }) => status !== "unsupported" && status !== "fault");
  return wireReport({
    peer,
    implementation,
    durationMs: Math.round(performance.now() - startedAt),
    results,
    stale: expectations.stale(
      all.map(({ id }) => id),
      completed.map(({ id }) => id),
    ),
    notes: implementation.features
      .filter((feature) => !known.has(feature))
      .map((feature) => `unknown feature "${feature}": no scenario needs it. Known: ${[...known.keys()].join(", ")}`),
  });
}

type Outcome = Pick<WireResult, "status" | "detail" | "durationMs" | "trace" | "expected" | "received" | "difference">;

function unsupported(peer: WireReport["peer"], missing: readonly string[]): Outcome {
  const detail = `needs ${missing.join(", ")}, which the ${peer} does not declare`;
  return { status: "unsupported", detail, durationMs: 0, trace: [] };
}

async function runScenario<Context>(
  scenario: Scenario<Context>,
  inContext: (trace: Trace, run: (context: Context) => Promise<void>) => Promise<void>,
): Promise<Outcome> {
  const trace = new Trace();
  const startedAt = performance.now();
  const end = (outcome: Omit<Outcome, "durationMs" | "trace">): Outcome => ({
    ...outcome,
    durationMs: Math.round(performance.now() - startedAt),
    trace: trace.lines,
  });
  try {
    await inContext(trace, scenario.run);
    return end({ status: "passed", detail: "" });
  } catch (error) {
    if (error instanceof WireFailure) {
      const { expected, received, difference } = error;
      const place = difference !== undefined && { difference };
      return end({ status: "failed", detail: error.message, expected, received, ...place });
    }
    if (error instanceof WireFault) return end({ status: "fault", detail: error.message });
    throw error;
  }
}
