import { readFileSync } from "node:fs";
import { readArguments } from "../arguments.js";
import { type Console, UsageError } from "../console.js";
import { EXIT } from "../exit-codes.js";
import type { ConformanceReport } from "../report.js";
import { write } from "../reporters/files.js";
import { html } from "../reporters/html.js";
import { wireHtml } from "../reporters/wire-html.js";
import type { WireReport } from "../wire/report.js";

/** `topic-conformance matrix --out <file> <report.json...>` */
export async function matrix(args: readonly string[], console: Console): Promise<number> {
  const { values, positionals: files } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: { out: { type: "string" } },
  });
  if (files.length === 0 || values.out === undefined) {
    throw new UsageError("Missing --out or reports. Example: topic-conformance matrix --out matrix.html a.json b.json");
  }
  const reports = files.map(readReport);
  write(values.out, () => render(reports));
  console.out(`${values.out}: ${reports.map(({ implementation }) => implementation.name).join(", ")}`);
  return EXIT.conforms;
}

/** Renders reports of one kind. A page of both would have columns without a value in each table. */
function render(reports: readonly (ConformanceReport | WireReport)[]): string {
  const wire = reports.filter((report) => "peer" in report);
  if (wire.length === 0) return html(reports as readonly ConformanceReport[]);
  if (wire.length === reports.length) return wireHtml(wire);
  throw new UsageError("Expected reports of run, or reports of wire, got both. Write a page for each kind.");
}

function readReport(file: string): ConformanceReport | WireReport {
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as Partial<ConformanceReport & WireReport> | null;
    const isReport = report?.verdicts !== undefined || report?.peer !== undefined;
    if (!Array.isArray(report?.results) || report.implementation === undefined || !isReport) {
      throw new Error("not a report of --report-json of this version");
    }
    return report as ConformanceReport | WireReport;
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}
