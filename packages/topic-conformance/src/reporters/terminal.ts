import cliProgress from "cli-progress";
import { type Console, formatCount, printable, table } from "../console.js";
import { PARTS } from "../features.js";
import type { CaseResult, ConformanceReport, Status } from "../report.js";

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
    this.#bar?.start(total, 0, { name: printable(name), failures: "" });
  }

  step({ status }: CaseResult): void {
    if (status === "failed" || status === "crashed" || status === "timed_out") this.#failures++;
    this.#bar?.increment(1, { failures: this.#failures === 0 ? "" : `${this.#failures} failed` });
  }

  stop(): void {
    this.#bar?.stop();
  }
}

/** Prints the report of a run: failures, what was expected to fail, the verdict of each part, and the counts. */
export function printReport(report: ConformanceReport, { out, colors }: Console): void {
  const { implementation, vectors, counts, verdict, profile } = report;
  const failures = report.results.filter(({ status }) => ["failed", "crashed", "timed_out"].includes(status));
  for (const failure of failures.slice(0, MAX_PRINTED)) out(formatFailure(failure, colors));
  if (failures.length > MAX_PRINTED) {
    out(
      `… and ${formatCount(failures.length - MAX_PRINTED)} more failures. Use --report-html or --report-json for a complete report.\n`,
    );
  }
  for (const { pattern, reason, cases } of report.hidden) {
    out(colors.yellow(`expected failure  ${printable(pattern)}  ${printable(reason)}  (hides ${countCases(cases)})`));
  }
  for (const entry of report.stale) out(colors.red(`stale expected failure  ${printable(entry)}`));
  for (const feature of report.missingFeatures) out(colors.red(`required feature  ${feature}  is not declared`));
  if (report.fault !== undefined) out(colors.red(`harness fault  ${printable(report.fault)}`));

  const { name, version, language } = implementation;
  const run = [`vectors ${vectors.version}`];
  if (vectors.requirements !== vectors.version) run.push(`requirements ${vectors.requirements}`);
  if (profile !== undefined) run.push(`profile ${profile}`);
  out(
    `${colors.bold(printable(`${name} ${version}`))} (${printable(language)}), ${run.join(", ")}, ${report.durationMs} ms`,
  );
  if (verdict !== "harness_fault") out(partTable(report));
  const paint = { conforms: colors.green, differs: colors.red, harness_fault: colors.red }[verdict];
  out(`${summarize(counts)}: ${paint(verdictLabel(report))}`);
}

/** A line for each part. The wire is named too, because no vector tests it. */
function partTable({ verdicts }: ConformanceReport): string {
  const rows = PARTS.map((part) => {
    const { verdict, judged, passed, failed, known, unsupported } = verdicts[part];
    const counts = [`${formatCount(passed)} passed`];
    if (failed > 0) counts.push(`${formatCount(failed)} failed`);
    if (known > 0) counts.push(`${formatCount(known)} failed as expected`);
    if (unsupported > 0) counts.push(`${formatCount(unsupported)} unsupported`);
    const note = judged ? "" : " (not judged by the profile)";
    return ["", part, `${PART_LABELS[verdict]}${note}`, verdict === "not_tested" ? "" : counts.join(", ")];
  });
  return table([...rows, ["", "wire", "not tested", "see topic-conformance wire"]]);
}

const PART_LABELS = { conforms: "conforms", differs: "differs", not_tested: "not tested" } as const;

/**
 * Formats the verdict so that it does not claim more than was tested: `conforms except 3 known failures`,
 * `conforms; not tested: parse`, `differs; bytes conform`.
 */
export function verdictLabel({ verdict, verdicts, counts, results }: ConformanceReport): string {
  if (verdict === "harness_fault") return VERDICT_LABELS.harness_fault;
  const parts = PARTS.filter((part) => results.some((result) => result.part === part));
  const known = counts.expected_failure;
  const label =
    verdict === "conforms" && known > 0
      ? `conforms except ${formatCount(known)} known ${known === 1 ? "failure" : "failures"}`
      : VERDICT_LABELS[verdict];
  const notes: string[] = [];
  const conforming = parts.filter((part) => verdicts[part].verdict === "conforms");
  if (verdict === "differs" && conforming.length > 0) notes.push(`conforms in: ${conforming.join(", ")}`);
  const untested = parts.filter((part) => verdicts[part].verdict === "not_tested");
  if (untested.length > 0) notes.push(`not tested: ${untested.join(", ")}`);
  return [label, ...notes].join("; ");
}

function countCases(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "case" : "cases"}`;
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

function formatFailure({ id, status, detail, why }: CaseResult, colors: Console["colors"]): string {
  const text = printable(detail).replace(/^/gm, "  ");
  return `${colors.red(STATUS_LABELS[status])}  ${colors.bold(id)}  ${why ?? ""}\n${text}\n`;
}
