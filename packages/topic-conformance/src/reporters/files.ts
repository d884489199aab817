import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../console.js";
import type { ConformanceReport } from "../report.js";
import { badge } from "./badge.js";
import { html } from "./html.js";
import { junit } from "./junit.js";

/** The options that write reports. The value of each is a file path. */
export const REPORT_OPTIONS = {
  "report-json": { type: "string" },
  "report-junit": { type: "string" },
  "report-html": { type: "string" },
  "report-badge": { type: "string" },
} as const;

/** Writes the requested reports and creates missing folders. */
export function writeReports(
  reports: readonly [ConformanceReport],
  files: { readonly [option in keyof typeof REPORT_OPTIONS]?: string | undefined },
): void {
  const [report] = reports;
  write(files["report-json"], () => `${JSON.stringify(report, undefined, 2)}\n`);
  write(files["report-junit"], () => junit(report));
  write(files["report-html"], () => html(reports));
  write(files["report-badge"], () => badge(report));
}

/** Writes a file, unless the path is undefined. Creates missing folders. */
export function write(file: string | undefined, text: () => string): void {
  if (file === undefined) return;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text());
  } catch (error) {
    throw new UsageError(`Cannot write the report ${file}: ${(error as Error).message}`);
  }
}
