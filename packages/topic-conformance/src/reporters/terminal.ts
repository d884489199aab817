import cliProgress from "cli-progress";
import type { CaseResult, ConformanceReport, Status } from "../conformance.js";
import { type Console, formatCount } from "../console.js";

/** The label of each status, in the order of the summary. */
export const STATUS_LABELS: Readonly<Record<Status, string>> = {
  passed: "passed",
  failed: "failed",
  crashed: "crashed",
  timed_out: "timed out",
  expected_failure: "failed as expected",
  unsupported: "unsupported",
  not_run: "not run",
};

/** Maximum number of failures to print. The reports contain all of them. */
const MAX_PRINTED = 20;

/** Shows a progress bar on a terminal. Does nothing if there is no terminal. */
export class Progress {
  readonly #bar: cliProgress.SingleBar | undefined;
  #failures = 0;

  constructor({ terminal, colors }: Console) {
    if (terminal === undefined) return;
    this.#bar = new cliProgress.SingleBar({
      stream: terminal,
      format: `{name} ${colors.cyan("{bar}")} {value}/{total} {failures}`,
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
    });
  }

  start(name: string, total: number): void {
    this.#bar?.start(total, 0, { name, failures: "" });
  }

  step({ status }: CaseResult): void {
    if (status === "failed" || status === "crashed" || status === "timed_out") this.#failures++;
    this.#bar?.increment(1, { failures: this.#failures === 0 ? "" : `${this.#failures} failed` });
  }

  stop(): void {
    this.#bar?.stop();
  }
}

/** Prints the report of a run: failures, expected failures, stale entries, warnings and the counts. */
export function printReport(report: ConformanceReport, { out, colors }: Console): void {
  const { implementation, vectors, counts, verdict } = report;
  const failures = report.results.filter(({ status }) => ["failed", "crashed", "timed_out"].includes(status));
  for (const failure of failures.slice(0, MAX_PRINTED)) out(formatFailure(failure, colors));
  if (failures.length > MAX_PRINTED) {
    out(
      `… and ${formatCount(failures.length - MAX_PRINTED)} more failures. Use --report-html or --report-json for a complete report.\n`,
    );
  }
  const expected = report.results.filter(({ status }) => status === "expected_failure");
  for (const { id, reason } of expected) out(colors.yellow(`expected failure  ${id}  ${reason}`));
  for (const entry of report.stale) out(colors.red(`stale expected failure  ${entry}`));
  for (const note of report.notes) out(colors.yellow(`warning  ${note}`));
  if (report.fault !== undefined) out(colors.red(`harness fault  ${report.fault}`));

  const { name, version, language } = implementation;
  out(`${colors.bold(`${name} ${version}`)} (${language}), vectors ${vectors.version}, ${report.durationMs} ms`);
  const paint = { conforms: colors.green, differs: colors.red, harness_fault: colors.red }[verdict];
  out(`${summarize(counts)}: ${paint(VERDICT_LABELS[verdict])}`);
}

/** The label of each verdict. */
export const VERDICT_LABELS = { conforms: "conforms", differs: "differs", harness_fault: "harness fault" } as const;

/**
 * Formats the counts: `2,431 passed, 0 failed, 12 unsupported`. Statuses other than these three are omitted if their count
 * is 0.
 */
export function summarize(counts: Readonly<Record<Status, number>>): string {
  const always: readonly string[] = ["passed", "failed", "unsupported"];
  return Object.entries(STATUS_LABELS)
    .filter(([status]) => always.includes(status) || counts[status as Status] > 0)
    .map(([status, label]) => `${formatCount(counts[status as Status])} ${label}`)
    .join(", ");
}

function formatFailure({ id, status, detail }: CaseResult, colors: Console["colors"]): string {
  return `${colors.red(STATUS_LABELS[status])}  ${colors.bold(id)}\n${detail.replace(/^/gm, "  ")}\n`;
}
