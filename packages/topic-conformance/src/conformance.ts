import { Expectations, type ExpectedFailure } from "./expected-failures.js";
import { firstDifference } from "./hex-diff.js";
import {
  type Answer,
  HarnessError,
  type Implementation,
  startImplementation,
  type Timeouts,
} from "./implementation.js";
import type { Hello } from "./protocol.js";
import { loadVectors, type Vector, type VectorSet } from "./vectors.js";

/**
 * How a case ended. `unsupported`: needs a feature that the implementation does not declare, and was not asked.
 * `not_run`: the run had been given up before.
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

/** A case and how it ended. */
export interface CaseResult {
  readonly id: string;
  readonly theme: string;
  readonly features: readonly string[];
  readonly status: Status;
  /** What came instead of what was expected, over several lines; `""` where the case passed. */
  readonly detail: string;
  /** Of an expected failure, the reason in the file. */
  readonly reason?: string;
}

/** A whole run. What `--report-json` writes. */
export interface ConformanceReport {
  readonly implementation: Omit<Hello, "type" | "protocol">;
  readonly vectors: { readonly version: string; readonly total: number };
  readonly durationMs: number;
  readonly counts: Readonly<Record<Status, number>>;
  readonly results: readonly CaseResult[];
  /** Entries of the expected-failures file that nothing needed: they fail the run. */
  readonly stale: readonly string[];
  /** What a person should know and what fails nothing: a declared feature that no case needs, say. */
  readonly notes: readonly string[];
  /** Why the run was given up or ended badly; absent where it did not. */
  readonly fault?: string;
  readonly verdict: Verdict;
}

/** `conforms` to all that it declares, `differs` in a case or an expectation, or the `harness_fault` left it unknown. */
export type Verdict = "conforms" | "differs" | "harness_fault";

/** What {@link runConformance} takes. */
export interface ConformanceOptions extends Partial<Timeouts> {
  /** The program and its arguments, started without a shell. */
  readonly command: readonly string[];
  /** The folder to start it in. @default the current one */
  readonly cwd?: string;
  /** All there is. @default this package's vectors */
  readonly vectors?: VectorSet;
  /** Those of `vectors.cases` to run. @default all */
  readonly cases?: readonly Vector[];
  /** @default none */
  readonly expectedFailures?: readonly ExpectedFailure[];
  /** Crashes, timeouts and invalid lines in a row after which the run is given up. 0 = never. @default 20 */
  readonly giveUpAfter?: number;
  /** Ends the process and the run, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called once the implementation has introduced itself. */
  readonly onStart?: (hello: Hello, total: number) => void;
  /** Called after each case. */
  readonly onResult?: (result: CaseResult) => void;
}

/**
 * Drives an implementation over the line protocol through every case it declares to support. A process that crashes or
 * hangs is started again, and the run goes on.
 *
 * @throws HarnessError where the command cannot be started or does not introduce itself
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
        outcome = { status: "not_run", detail: "the run was given up before this case" };
      } else if (missing.length > 0) {
        outcome = { status: "unsupported", detail: `needs ${missing.join(", ")}, which is not declared` };
      } else {
        try {
          implementation ??= await start();
          const answer = await implementation.ask(vector);
          signal?.throwIfAborted();
          outcome = judge(vector, answer, declared.has("error-codes"));
          if (answer.kind === "crashed" || answer.kind === "timed_out") implementation = undefined;
          faults = answer.kind === "built" || answer.kind === "refused" ? 0 : faults + 1;
          if (faults === giveUpAfter && giveUpAfter > 0) {
            fault = `given up after ${faults} crashes, timeouts or invalid lines in a row, the last at ${vector.id}`;
          }
        } catch (error) {
          if (!(error instanceof HarnessError)) throw error;
          fault = `could not be started again after a crash: ${error.message}`;
          outcome = { status: "not_run", detail: fault };
        }
      }
      const result = excuse(vector, outcome, expectations);
      results.push(result);
      options.onResult?.(result);
    }
    const farewell = await implementation?.bye();
    signal?.throwIfAborted();
    fault ??= farewell;
  } finally {
    await implementation?.kill();
  }

  const counts = count(results);
  const answered = results.filter(({ status }) => status !== "unsupported" && status !== "not_run");
  const stale = expectations.stale(
    vectors.cases.map(({ id }) => id),
    answered.map(({ id }) => id),
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

function judge({ expect }: Vector, answer: Answer, hasCodes: boolean): Outcome {
  const failed = (detail: string): Outcome => ({ status: "failed", detail });
  switch (answer.kind) {
    case "built":
      if ("refused" in expect)
        return failed(`expected a refusal (${expect.refused})\nbuilt    ${shorten(answer.text)}`);
      if (answer.text === expect.text) return { status: "passed", detail: "" };
      return failed(firstDifference(expect.text, answer.text));
    case "refused": {
      const refusal = `refused  ${answer.code}${answer.message === undefined ? "" : `: ${shorten(answer.message)}`}`;
      if ("text" in expect) return failed(`expected ${shorten(expect.text)}\n${refusal}`);
      if (hasCodes && answer.code !== expect.refused)
        return failed(`expected the refusal ${expect.refused}\n${refusal}`);
      return { status: "passed", detail: "" };
    }
    case "invalid":
      return failed(answer.reason);
    case "crashed":
    case "timed_out":
      return { status: answer.kind, detail: answer.reason };
  }
}

function excuse({ id, theme, features }: Vector, outcome: Outcome, expectations: Expectations): CaseResult {
  const result = { id, theme, features, ...outcome };
  if (!["failed", "crashed", "timed_out"].includes(outcome.status)) return result;
  const reason = expectations.excuse(id);
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
  return [`no case needs the declared ${unknown.join(", ")}; the features are ${[...known].sort().join(", ")}`];
}

function verdict(counts: Record<Status, number>, stale: readonly string[], fault: string | undefined): Verdict {
  if (fault !== undefined) return "harness_fault";
  const differs = counts.failed + counts.crashed + counts.timed_out + stale.length > 0;
  return differs ? "differs" : "conforms";
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}
