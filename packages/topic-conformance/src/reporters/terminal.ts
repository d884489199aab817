import cliProgress from "cli-progress";
import type { CaseResult, ConformanceReport, Status } from "../conformance.js";
import { type Console, formatCount } from "../console.js";

/** The words for a status, in the order of the summary. */
export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  passed: "passed",
  failed: "failed",
  crashed: "crashed",
  timed_out: "timed out",
  expected_failure: "failed as expected",
  unsupported: "unsupported",
  not_run: "not run",
};

/** Failures beyond this many are counted, not shown: the reports have them all. */
const SHOWN = 20;

/** Shows how far a run is: a bar on a terminal, nothing elsewhere. */
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

/** Prints a finished run: the failures, what is stale, and the counts. */
export function printReport(report: ConformanceReport, { out, colors }: Console): void {
  const { implementation, vectors, counts, verdict } = report;
  const failures = report.results.filter(({ status }) => ["failed", "crashed", "timed_out"].includes(status));
  for (const failure of failures.slice(0, SHOWN)) out(formatFailure(failure, colors));
  if (failures.length > SHOWN) {
    out(`… and ${formatCount(failures.length - SHOWN)} more; --report-json or --report-html writes them all\n`);
  }
  const excused = report.results.filter(({ status }) => status === "expected_failure");
  for (const { id, reason } of excused) out(colors.yellow(`expected failure  ${id}  ${reason}`));
  for (const entry of report.stale) out(colors.red(`stale expectation  ${entry}`));
  for (const note of report.notes) out(colors.yellow(`note  ${note}`));
  if (report.fault !== undefined) out(colors.red(`harness at fault  ${report.fault}`));

  const { name, version, language } = implementation;
  out(`${colors.bold(`${name} ${version}`)} (${language}), vectors ${vectors.version}, ${report.durationMs} ms`);
  const paint = { conforms: colors.green, differs: colors.red, harness_fault: colors.red }[verdict];
  out(`${summarize(counts)}: ${paint(VERDICT_WORDS[verdict])}`);
}

/** The words for a verdict. */
export const VERDICT_WORDS = { conforms: "conforms", differs: "differs", harness_fault: "harness at fault" } as const;

/** `2,431 passed, 0 failed, 12 unsupported`: passed, failed and unsupported always, the rest where there are any. */
export function summarize(counts: Readonly<Record<Status, number>>): string {
  const always: readonly string[] = ["passed", "failed", "unsupported"];
  return Object.entries(STATUS_WORDS)
    .filter(([status]) => always.includes(status) || counts[status as Status] > 0)
    .map(([status, words]) => `${formatCount(counts[status as Status])} ${words}`)
    .join(", ");
}

function formatFailure({ id, status, detail }: CaseResult, colors: Console["colors"]): string {
  return `${colors.red(STATUS_WORDS[status])}  ${colors.bold(id)}\n${detail.replace(/^/gm, "  ")}\n`;
}
