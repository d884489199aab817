import type { Tier } from "./scenario.js";

/**
 * The possible statuses of a scenario. `fault`: the setup failed, so the scenario has no result. `unsupported`: the peer does
 * not declare a feature that the scenario needs, so it was not run and never counts as passed.
 */
export const WIRE_STATUSES = ["passed", "failed", "fault", "expected_failure", "unsupported"] as const;
export type WireStatus = (typeof WIRE_STATUSES)[number];

/** The result of one scenario. */
export interface WireResult {
  readonly id: string;
  readonly title: string;
  readonly section: string;
  readonly sentence: string;
  readonly tier: Tier;
  readonly features: readonly string[];
  readonly status: WireStatus;
  readonly durationMs: number;
  /** The reason of any status but `passed`. */
  readonly detail: string;
  /** The behaviour that the sentence requires, for a failure. */
  readonly expected?: string;
  /** The peer's behaviour instead. */
  readonly received?: string;
  /** The first place at which the received frame differs from the expected one, if both are frames. */
  readonly difference?: string;
  /** The reason from the expected-failures file. */
  readonly reason?: string;
  /** The frames of the scenario, in order; empty if it was not run. */
  readonly trace: readonly string[];
}

export type WireVerdict = "conforms" | "differs" | "harness_fault";

/** The report of a run, as `--report-json` writes it. */
export interface WireReport {
  readonly peer: "server" | "client";
  readonly implementation: { readonly name: string; readonly version: string; readonly features: readonly string[] };
  readonly scenarios: { readonly total: number };
  readonly durationMs: number;
  readonly counts: Readonly<Record<WireStatus, number>>;
  readonly results: readonly WireResult[];
  /** Entries of the expected-failures file that matched no failure. They fail the run. */
  readonly stale: readonly string[];
  /** Warnings that do not fail the run. */
  readonly notes: readonly string[];
  readonly verdict: WireVerdict;
}

/** Counts the results and derives the verdict. */
export function wireReport(
  parts: Pick<WireReport, "peer" | "implementation" | "durationMs" | "results" | "stale" | "notes">,
): WireReport {
  const counts = Object.fromEntries(WIRE_STATUSES.map((status) => [status, 0])) as Record<WireStatus, number>;
  for (const { status } of parts.results) counts[status]++;
  const differs = counts.failed > 0 || parts.stale.length > 0;
  return {
    ...parts,
    scenarios: { total: parts.results.length },
    counts,
    verdict: counts.fault > 0 ? "harness_fault" : differs ? "differs" : "conforms",
  };
}

/** Formats the verdict so that it does not claim more than was tested: `conforms except 3 known failures`. */
export function wireVerdictLabel({ verdict, counts }: Pick<WireReport, "verdict" | "counts">): string {
  const known = counts.expected_failure;
  if (verdict !== "conforms" || known === 0) return verdict.replace("_", " ");
  return `conforms except ${known} known ${known === 1 ? "failure" : "failures"}`;
}
