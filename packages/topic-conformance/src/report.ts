import { PARTS, type Part } from "./features.js";
import type { Hello } from "./protocol.js";
import type { Op, Vector } from "./vectors.js";

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
  readonly part: Part;
  readonly op: Op;
  readonly features: readonly string[];
  readonly status: Status;
  /** The difference between the expected and the actual result, possibly on several lines. `""` if the case passed. */
  readonly detail: string;
  /** Milliseconds until the result. Absent if the case was not sent. */
  readonly ms?: number;
  /** The reason from the expected-failures file, for an expected failure. */
  readonly reason?: string;
  /** For a case that did not pass: the tagged input, cut if it is very long. */
  readonly input?: string;
  /** For a case that did not pass: what is expected, in words or as text. */
  readonly expected?: string;
  /** For a case that failed: what the implementation returned. */
  readonly actual?: string;
  /** For a case that did not pass: the reason for the expected result. */
  readonly why?: string;
}

/**
 * The overall result. `conforms`: every case of the declared features passed or failed as expected. `differs`: a case
 * failed, a required feature is missing, or an expected failure is stale. `harness_fault`: the harness failed or broke
 * the protocol, so the result is unknown.
 */
export type Verdict = "conforms" | "differs" | "harness_fault";

/** The result for one part of the contract. `not_tested`: none of its cases was run. */
export interface PartVerdict {
  readonly verdict: "conforms" | "differs" | "not_tested";
  /** False if the profile only reports this part. */
  readonly judged: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly known: number;
  readonly unsupported: number;
}

/** The failures that an entry of the expected-failures file hid. */
export interface HiddenFailures {
  readonly pattern: string;
  readonly reason: string;
  readonly cases: number;
}

/** The report of a run, as `--report-json` writes it. schemas/report.schema.json describes it. */
export interface ConformanceReport {
  readonly implementation: Omit<Hello, "type" | "protocol">;
  readonly vectors: { readonly version: string; readonly requirements: string; readonly total: number };
  /** The profile, if one was chosen. */
  readonly profile?: string;
  readonly durationMs: number;
  readonly counts: Readonly<Record<Status, number>>;
  readonly verdicts: Readonly<Record<Part, PartVerdict>>;
  readonly themes: readonly ThemeTotal[];
  readonly results: readonly CaseResult[];
  /** The expected failures, by the entry that hid them. */
  readonly hidden: readonly HiddenFailures[];
  /** Entries of the expected-failures file that matched no failure. They fail the run. */
  readonly stale: readonly string[];
  /** Required features that the harness does not declare. They fail the run. */
  readonly missingFeatures: readonly string[];
  /** The reason why the run was aborted, or how the harness broke the protocol. Absent if neither happened. */
  readonly fault?: string;
  readonly verdict: Verdict;
}

/** The cases and the time of one theme. */
export interface ThemeTotal {
  readonly theme: string;
  readonly cases: number;
  readonly passed: number;
  readonly ms: number;
}

/** Returns the part of the contract that a case tests. */
export function partOf({ op, expect }: Vector): Part {
  if (op === "parse") return "parse";
  return "refused" in expect ? "refusals" : "bytes";
}

export function countStatuses(results: readonly CaseResult[]): Record<Status, number> {
  const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status } of results) counts[status]++;
  return counts;
}

export function partVerdicts(results: readonly CaseResult[], judges: readonly Part[]): Record<Part, PartVerdict> {
  const verdictOf = (part: Part): PartVerdict => {
    const counts = countStatuses(results.filter((result) => result.part === part));
    const failed = counts.failed + counts.crashed + counts.timed_out;
    const known = counts.expected_failure;
    const verdict = failed > 0 ? "differs" : counts.passed + known > 0 ? "conforms" : "not_tested";
    const { passed, unsupported } = counts;
    return { verdict, judged: judges.includes(part), passed, failed, known, unsupported };
  };
  return Object.fromEntries(PARTS.map((part) => [part, verdictOf(part)])) as Record<Part, PartVerdict>;
}

export function themeTotals(results: readonly CaseResult[]): readonly ThemeTotal[] {
  const totals = new Map<string, { theme: string; cases: number; passed: number; ms: number }>();
  for (const { theme, status, ms = 0 } of results) {
    const total = totals.get(theme) ?? { theme, cases: 0, passed: 0, ms: 0 };
    total.cases++;
    if (status === "passed") total.passed++;
    total.ms = Math.round((total.ms + ms) * 1000) / 1000;
    totals.set(theme, total);
  }
  return [...totals.values()];
}
