import { readFileSync } from "node:fs";
import { readArguments } from "../arguments.js";
import { type Console, UsageError } from "../console.js";
import { EXIT } from "../exit-codes.js";
import type { ConformanceReport } from "../report.js";
import { write } from "../reporters/files.js";
import { html } from "../reporters/html.js";

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
  write(values.out, () => html(reports));
  console.out(`${values.out}: ${reports.map(({ implementation }) => implementation.name).join(", ")}`);
  return EXIT.conforms;
}

function readReport(file: string): ConformanceReport {
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as Partial<ConformanceReport> | null;
    if (!Array.isArray(report?.results) || report.implementation === undefined || report.verdicts === undefined) {
      throw new Error("not a report of --report-json of this version");
    }
    return report as ConformanceReport;
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}
