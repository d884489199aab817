import type { WireReport, WireStatus } from "../wire/report.js";
import { wireVerdictLabel } from "../wire/report.js";
import { renderBadge } from "./badge.js";
import { type REPORT_OPTIONS, write } from "./files.js";
import { type JUnitCase, renderJunit } from "./junit.js";
import { wireHtml } from "./wire-html.js";

/** Writes the requested reports of a wire run and creates missing folders. */
export function writeWireReports(
  report: WireReport,
  files: { readonly [option in keyof typeof REPORT_OPTIONS]?: string | undefined },
): void {
  write(files["report-json"], () => `${JSON.stringify(report, undefined, 2)}\n`);
  write(files["report-junit"], () => wireJunit(report));
  write(files["report-html"], () => wireHtml([report]));
  write(files["report-badge"], () => wireBadge(report));
}

/** Renders a report as JUnit XML, one test suite for each section of the protocol. */
export function wireJunit({ implementation, results, durationMs, stale }: WireReport): string {
  const cases = results.map(
    ({ id, section, status, detail, reason, sentence, durationMs: ms }): JUnitCase => ({
      id,
      theme: section,
      status: JUNIT_STATUSES[status],
      detail: status === "failed" ? `${detail}\nPROTOCOL.md, ${section}: ${sentence}` : detail,
      ...(status !== "unsupported" && { ms }),
      ...(reason !== undefined && { reason }),
    }),
  );
  return renderJunit(`topic-conformance wire ${implementation.name} ${implementation.version}`, cases, durationMs, {
    stale,
  });
}

const JUNIT_STATUSES = {
  passed: "passed",
  failed: "failed",
  fault: "crashed",
  expected_failure: "expected_failure",
  unsupported: "unsupported",
} as const satisfies Record<WireStatus, JUnitCase["status"]>;

export function wireBadge(report: WireReport): string {
  return renderBadge("wire protocol", wireVerdictLabel(report), report.verdict, report.counts.expected_failure > 0);
}
