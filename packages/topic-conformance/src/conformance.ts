import { describeDifference, describeExpected, isExpected, shorten } from "./evaluate.js";
import { Expectations, type ExpectedFailure } from "./expected-failures.js";
import { HarnessError, type Implementation, type Reply, startImplementation, type Timeouts } from "./implementation.js";
import type { Hello } from "./protocol.js";
import { loadVectors, type Vector, type VectorSet } from "./vectors.js";

/**
 * The possible statuses of a case. `unsupported`: the case requires a feature that the implementation does not declare,
 * so it was not sent. `not_run`: the run was aborted before this case.
 */
export const STATUSES = [
  "passed",
  "failed",
  "crashed",
  "timed_out",
  "expected_failure",
  "unsupported",
  "not_run",
] as const;

export type Status = (typeof STATUSES)[number];

/** The result of one case. */
export interface CaseResult {
  readonly id: string;
  readonly theme: string;
  readonly features: readonly string[];
  readonly status: Status;
  /** The difference between the expected and the actual result, possibly on several lines. `""` if the case passed. */
  readonly detail: string;
  /** The reason from the expected-failures file, for an expected failure. */
  readonly reason?: string;
}

/** The report of a run, as `--report-json` writes it. */
export interface ConformanceReport {
  readonly implementation: Omit<Hello, "type" | "protocol">;
  readonly vectors: { readonly version: string; readonly total: number };
  readonly durationMs: number;
  readonly counts: Readonly<Record<Status, number>>;
  readonly results: readonly CaseResult[];
  /** Entries of the expected-failures file that matched no failure. They fail the run. */
  readonly stale: readonly string[];
  /** Warnings that do not fail the run, for example a declared feature that no case requires. */
  readonly notes: readonly string[];
  /** The reason why the run was aborted, or why the harness did not exit cleanly. Absent if neither happened. */
  readonly fault?: string;
  readonly verdict: Verdict;
}

/**
 * The overall result. `conforms`: every case of the declared features passed or failed as expected. `differs`: a case
 * failed, or an expected failure is stale. `harness_fault`: the harness failed, so the result is unknown.
 */
export type Verdict = "conforms" | "differs" | "harness_fault";

/** The options of {@link runConformance}. */
export interface ConformanceOptions extends Partial<Timeouts> {
  /** The program and its arguments. It is started without a shell. */
  readonly command: readonly string[];
  /** The working directory of the program. @default the current directory */
  readonly cwd?: string;
  /** The complete set of vectors. @default the vectors of this package */
  readonly vectors?: VectorSet;
  /** The subset of `vectors.cases` to run. @default all */
  readonly cases?: readonly Vector[];
  /** The cases that are known to fail. @default none */
  readonly expectedFailures?: readonly ExpectedFailure[];
  /** Number of consecutive crashes, timeouts and invalid lines after which the run aborts. 0 = never. @default 20 */
  readonly giveUpAfter?: number;
  /** Kills the process and aborts the run, which then rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
  /** Called after the implementation has sent its hello. */
  readonly onStart?: (hello: Hello, total: number) => void;
  /** Called after each case. */
  readonly onResult?: (result: CaseResult) => void;
}

/**
 * Runs an implementation through every case whose features it declares, over the line protocol. If the process crashes or
 * hangs, a new process continues with the next case.
 *
 * @throws HarnessError if the command cannot be started or does not send a valid hello
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const { command, cwd, signal, giveUpAfter = 20 } = options;
  const vectors = options.vectors ?? loadVectors();
  const cases = options.cases ?? vectors.cases;
  const expectations = new Expectations(options.expectedFailures ?? []);
  const start = () =>
    startImplementation(command, {
      cwd,
      signal,
      helloTimeoutMs: options.helloTimeoutMs ?? 10_000,
      caseTimeoutMs: options.caseTimeoutMs ?? 5_000,
    });

  const began = performance.now();
  const results: CaseResult[] = [];
  let implementation: Implementation | undefined = await start();
  const { hello } = implementation;
  const declared = new Set(hello.features);
  let faults = 0;
  let fault: string | undefined;

  try {
    options.onStart?.(hello, cases.length);
    for (const vector of cases) {
      let outcome: Outcome;
      const missing = vector.features.filter((feature) => !declared.has(feature));
      if (fault !== undefined) {
        outcome = { status: "not_run", detail: "the run was aborted before this case" };
      } else if (missing.length > 0) {
        outcome = {
          status: "unsupported",
          detail: `requires ${missing.join(", ")}, which the harness does not declare`,
        };
      } else {
        try {
          implementation ??= await start();
          const reply = await implementation.runCase(vector);
          signal?.throwIfAborted();
          outcome = evaluate(vector, reply, declared.has("error-codes"));
          if (reply.kind === "crashed" || reply.kind === "timed_out") implementation = undefined;
          faults = reply.kind === "built" || reply.kind === "refused" ? 0 : faults + 1;
          if (faults === giveUpAfter && giveUpAfter > 0) {
            fault = `aborted after ${faults} consecutive crashes, timeouts or invalid lines; the last case was ${vector.id}`;
          }
        } catch (error) {
          if (!(error instanceof HarnessError)) throw error;
          fault = `could not restart the harness after a crash: ${error.message}`;
          outcome = { status: "not_run", detail: fault };
        }
      }
      const result = applyExpectations(vector, outcome, expectations);
      results.push(result);
      options.onResult?.(result);
    }
    const exitProblem = await implementation?.bye();
    signal?.throwIfAborted();
    fault ??= exitProblem;
  } finally {
    await implementation?.kill();
  }

  const counts = count(results);
  const completed = results.filter(({ status }) => status !== "unsupported" && status !== "not_run");
  const stale = expectations.stale(
    vectors.cases.map(({ id }) => id),
    completed.map(({ id }) => id),
  );
  const { name, language, version, features } = hello;
  return {
    implementation: { name, language, version, features },
    vectors: { version: vectors.version, total: vectors.cases.length },
    durationMs: Math.round(performance.now() - began),
    counts,
    results,
    stale,
    notes: notes(features, vectors),
    ...(fault !== undefined && { fault }),
    verdict: verdict(counts, stale, fault),
  };
}

type Outcome = Pick<CaseResult, "status" | "detail">;

function evaluate(vector: Vector, reply: Reply, hasCodes: boolean): Outcome {
  const { expect } = vector;
  const failed = (detail: string): Outcome => ({ status: "failed", detail });
  switch (reply.kind) {
    case "built":
      if (isExpected(expect, reply.text)) return { status: "passed", detail: "" };
      return failed(describeDifference(vector, reply.text));
    case "refused": {
      const error = `got the error ${reply.code}${reply.message === undefined ? "" : `: ${shorten(reply.message)}`}`;
      if (!("refused" in expect)) return failed(`expected the text ${describeExpected(vector)}\n${error}`);
      if (hasCodes && reply.code !== expect.refused) return failed(`expected the error ${expect.refused}\n${error}`);
      return { status: "passed", detail: "" };
    }
    case "invalid":
      return failed(reply.reason);
    case "crashed":
    case "timed_out":
      return { status: reply.kind, detail: reply.reason };
  }
}

function applyExpectations({ id, theme, features }: Vector, outcome: Outcome, expectations: Expectations): CaseResult {
  const result = { id, theme, features, ...outcome };
  if (!["failed", "crashed", "timed_out"].includes(outcome.status)) return result;
  const reason = expectations.reasonFor(id);
  return reason === undefined ? result : { ...result, status: "expected_failure", reason };
}

function count(results: readonly CaseResult[]): Record<Status, number> {
  const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status } of results) counts[status]++;
  return counts;
}

function notes(features: readonly string[], { cases }: VectorSet): readonly string[] {
  const known = new Set(["error-codes", ...cases.flatMap((vector) => vector.features)]);
  const unknown = features.filter((feature) => !known.has(feature));
  if (unknown.length === 0) return [];
  return [
    `no case requires the declared feature ${unknown.join(", ")}; known features: ${[...known].sort().join(", ")}`,
  ];
}

function verdict(counts: Record<Status, number>, stale: readonly string[], fault: string | undefined): Verdict {
  if (fault !== undefined) return "harness_fault";
  const differs = counts.failed + counts.crashed + counts.timed_out + stale.length > 0;
  return differs ? "differs" : "conforms";
}
