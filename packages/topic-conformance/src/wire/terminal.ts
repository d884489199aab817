import type { Console } from "../console.js";
import { formatCount } from "../console.js";
import { type WireReport, type WireResult, type WireStatus, wireVerdictLabel } from "./report.js";

/** The label of each status, in the order of the summary. */
export const WIRE_LABELS: Readonly<Record<WireStatus, string>> = {
  passed: "passed",
  failed: "failed",
  fault: "without a result",
  expected_failure: "failed as expected",
  unsupported: "unsupported",
};

/** Maximum number of failures to print. The JSON report contains all of them. */
const MAX_PRINTED = 20;
/** Maximum number of frames to print of a failure: the last ones, which led to it. */
const MAX_FRAMES = 12;

/** Prints the report of a run: each failure with its frames and the sentence of the protocol, and the counts. */
export function printWireReport(report: WireReport, { out, colors }: Console): void {
  const failures = report.results.filter(({ status }) => status === "failed" || status === "fault");
  for (const failure of failures.slice(0, MAX_PRINTED)) out(formatFailure(failure, colors));
  if (failures.length > MAX_PRINTED) {
    out(`… and ${formatCount(failures.length - MAX_PRINTED)} more failures. --report-json writes all of them.\n`);
  }
  for (const { id, status, reason } of report.results) {
    if (status === "expected_failure") out(colors.yellow(`expected failure  ${id}  ${reason}`));
  }
  for (const entry of report.stale) out(colors.red(`stale expected failure  ${entry}`));
  for (const note of report.notes) out(colors.yellow(`warning  ${note}`));
  const missing = new Set(
    report.results.filter(({ status }) => status === "unsupported").flatMap(({ features }) => features),
  );
  for (const feature of report.implementation.features) missing.delete(feature);
  if (missing.size > 0) out(`Not declared: ${[...missing].join(", ")}`);
  const { name, version } = report.implementation;
  const paint = report.verdict === "conforms" ? colors.green : colors.red;
  out(`${colors.bold(`${name} ${version}`)}, wire, ${report.peer}, ${report.durationMs} ms`);
  out(`${summarizeWire(report.counts)}: ${paint(wireVerdictLabel(report))}`);
}

/** Formats the counts. Statuses other than passed, failed and unsupported are omitted if their count is 0. */
export function summarizeWire(counts: WireReport["counts"]): string {
  const always: readonly string[] = ["passed", "failed", "unsupported"];
  return Object.entries(WIRE_LABELS)
    .filter(([status]) => always.includes(status) || counts[status as WireStatus] > 0)
    .map(([status, label]) => `${formatCount(counts[status as WireStatus])} ${label}`)
    .join(", ");
}

function formatFailure(result: WireResult, colors: Console["colors"]): string {
  const { id, title, section, sentence, status, detail, expected, received, difference, trace } = result;
  const lines = [`${colors.red(WIRE_LABELS[status])}  ${colors.bold(id)}  ${title}`];
  if (expected === undefined || received === undefined) lines.push(`  ${detail}`);
  else lines.push(`  expected  ${expected}`, `  received  ${received}`);
  if (difference !== undefined) lines.push(`  differs   ${difference}`);
  lines.push(`  PROTOCOL.md, ${section}: ${sentence}`);
  if (trace.length > MAX_FRAMES) lines.push("    …");
  for (const line of trace.slice(-MAX_FRAMES)) lines.push(colors.dim(`  ${line}`));
  return `${lines.join("\n")}\n`;
}
