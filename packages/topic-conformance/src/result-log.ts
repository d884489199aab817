import type { ConformanceOptions } from "./conformance-options.js";
import { describeDifference, describeExpected, isExpected, shorten } from "./evaluate.js";
import { Expectations } from "./expected-failures.js";
import { PARTS } from "./features.js";
import type { Reply } from "./implementation.js";
import type { Hello } from "./protocol.js";
import {
  type CaseResult,
  type ConformanceReport,
  countStatuses,
  partOf,
  partVerdicts,
  themeTotals,
  type Verdict,
} from "./report.js";
import type { Vector, VectorSet } from "./vectors.js";

type Outcome = Pick<CaseResult, "status" | "detail" | "actual">;

/** Maximum number of characters of an input in a report. */
const MAX_INPUT = 2000;

/** Collects the results of a run. */
export class ResultLog {
  /** The cases whose features the implementation declares. */
  readonly supported: readonly Vector[];
  readonly #results = new Map<string, CaseResult>();
  readonly #cases: readonly Vector[];
  readonly #vectors: VectorSet;
  readonly #hello: Hello;
  readonly #options: ConformanceOptions;
  readonly #expectations: Expectations;
  readonly #declared: ReadonlySet<string>;
  #completed = 0;

  constructor(cases: readonly Vector[], vectors: VectorSet, hello: Hello, options: ConformanceOptions) {
    this.#cases = cases;
    this.#vectors = vectors;
    this.#hello = hello;
    this.#options = options;
    this.#expectations = new Expectations(options.expectedFailures ?? []);
    this.#declared = new Set(hello.features);
    this.supported = cases.filter((vector) => this.#missing(vector).length === 0);
    for (const vector of cases) {
      const missing = this.#missing(vector);
      if (missing.length === 0) continue;
      const detail = `requires ${missing.join(", ")}, which the harness does not declare`;
      this.#add(vector, { status: "unsupported", detail });
    }
  }

  /** The number of cases that were run. */
  get completed(): number {
    return this.#completed;
  }

  /** Records the reply of the implementation to a case. */
  record(vector: Vector, reply: Reply, ms: number): void {
    this.#completed++;
    this.#add(vector, evaluate(vector, reply, this.#declared.has("error-codes")), ms);
  }

  /** Marks all cases without a result as not run. */
  abort(reason: string): void {
    for (const vector of this.#cases) {
      if (!this.#results.has(vector.id)) this.#add(vector, { status: "not_run", detail: reason });
    }
  }

  report(began: number, fault: string | undefined): ConformanceReport {
    const { profile, requirements, requireFeatures = [] } = this.#options;
    const { name, language, version, features } = this.#hello;
    const results = this.#cases.flatMap(({ id }) => this.#results.get(id) ?? []);
    const run = results.filter(({ status }) => status !== "unsupported" && status !== "not_run");
    const stale = this.#expectations.stale(
      this.#vectors.cases.map(({ id }) => id),
      run.map(({ id }) => id),
    );
    const verdicts = partVerdicts(results, profile?.judges ?? PARTS);
    const required = new Set([...requireFeatures, ...(profile?.requires ?? [])]);
    const missingFeatures = [...required].filter((feature) => !this.#declared.has(feature)).sort();
    const differs = PARTS.some((part) => verdicts[part].judged && verdicts[part].verdict === "differs");
    const verdict: Verdict =
      fault !== undefined
        ? "harness_fault"
        : differs || stale.length > 0 || missingFeatures.length > 0
          ? "differs"
          : "conforms";
    return {
      implementation: { name, language, version, features },
      vectors: {
        version: this.#vectors.version,
        requirements: requirements ?? this.#vectors.version,
        total: this.#vectors.cases.length,
      },
      ...(profile !== undefined && { profile: profile.name }),
      durationMs: Math.round(performance.now() - began),
      counts: countStatuses(results),
      verdicts,
      themes: themeTotals(results),
      results,
      hidden: [...this.#expectations.hidden(), ...this.#addedAfter(results)],
      stale,
      missingFeatures,
      ...(fault !== undefined && { fault }),
      verdict,
    };
  }

  #missing({ features }: Vector): readonly string[] {
    return features.filter((feature) => !this.#declared.has(feature));
  }

  #add(vector: Vector, outcome: Outcome, ms?: number): void {
    const { id, theme, op, features, input, why } = vector;
    const isFailure = ["failed", "crashed", "timed_out"].includes(outcome.status);
    const reason = isFailure ? this.#reasonFor(vector) : undefined;
    const result: CaseResult = {
      id,
      theme,
      part: partOf(vector),
      op,
      features,
      ...outcome,
      ...(ms !== undefined && { ms: Math.round(ms * 1000) / 1000 }),
      ...(isFailure && { input: cut(JSON.stringify(input)), expected: describeExpected(vector), why }),
      ...(reason !== undefined && { status: "expected_failure", reason }),
    };
    this.#results.set(id, result);
    this.#options.onResult?.(result);
  }

  #reasonFor(vector: Vector): string | undefined {
    const reason = this.#expectations.reasonFor(vector.id);
    if (reason !== undefined || !this.#isAddedAfter(vector)) return reason;
    return this.#addedAfterReason;
  }

  #isAddedAfter({ since }: Vector): boolean {
    const { requirements } = this.#options;
    if (requirements === undefined || since === undefined) return false;
    const { versions } = this.#vectors;
    return versions.indexOf(since) > versions.indexOf(requirements);
  }

  get #addedAfterReason(): string {
    return `added after version ${this.#options.requirements} of the requirements`;
  }

  #addedAfter(results: readonly CaseResult[]): ConformanceReport["hidden"] {
    const cases = results.filter(({ reason }) => reason === this.#addedAfterReason).length;
    return cases === 0 ? [] : [{ pattern: "added-after", reason: this.#addedAfterReason, cases }];
  }
}

function evaluate(vector: Vector, reply: Reply, hasCodes: boolean): Outcome {
  const { expect } = vector;
  switch (reply.kind) {
    case "built": {
      if (isExpected(expect, reply.text)) return { status: "passed", detail: "" };
      return { status: "failed", detail: describeDifference(vector, reply.text), actual: shorten(reply.text) };
    }
    case "refused": {
      const actual = `the error ${reply.code}${reply.message === undefined ? "" : `: ${shorten(reply.message)}`}`;
      const failed = (expected: string): Outcome => {
        return { status: "failed", detail: `expected ${expected}\ngot ${actual}`, actual };
      };
      if (!("refused" in expect)) return failed(`the text ${describeExpected(vector)}`);
      if (hasCodes && reply.code !== expect.refused) return failed(`the error ${expect.refused}`);
      return { status: "passed", detail: "" };
    }
    case "invalid":
      return { status: "failed", detail: reply.reason };
    case "crashed":
    case "timed_out":
      return { status: reply.kind, detail: reply.reason };
  }
}

function cut(text: string): string {
  return text.length > MAX_INPUT ? `${text.slice(0, MAX_INPUT)}… (${text.length} characters)` : text;
}
