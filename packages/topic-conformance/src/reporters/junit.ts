import { groupBy } from "../group-by.js";
import type { CaseResult, ConformanceReport } from "../report.js";

/** The parts of a result that JUnit XML shows. */
export type JUnitCase = Pick<CaseResult, "id" | "theme" | "status" | "detail" | "reason" | "ms">;

/** Failures of a run as a whole. */
interface RunFailures {
  readonly stale: readonly string[];
  readonly missingFeatures?: readonly string[];
  readonly fault?: string;
}

/** Renders a report as JUnit XML, one test suite per theme. Unsupported cases and expected failures are skipped tests. */
export function junit({ implementation, results, durationMs, ...failures }: ConformanceReport): string {
  return renderJunit(
    `topic-conformance ${implementation.name} ${implementation.version}`,
    results,
    durationMs,
    failures,
  );
}

export function renderJunit(
  name: string,
  results: readonly JUnitCase[],
  durationMs: number,
  { stale, missingFeatures = [], fault }: RunFailures,
): string {
  const suites = [...groupBy(results, ({ theme }) => theme)].map(([theme, cases]) =>
    suite(
      theme,
      cases.map((result) => testCase(result, theme)),
    ),
  );
  const extra = [
    ...stale.map(
      (entry) => `<testcase classname="run" name="stale expected failure">${element("failure", entry)}</testcase>`,
    ),
    ...missingFeatures.map(
      (feature) =>
        `<testcase classname="run" name="required feature">${element("failure", `${feature} is not declared`)}</testcase>`,
    ),
    ...(fault === undefined ? [] : [`<testcase classname="run" name="harness">${element("error", fault)}</testcase>`]),
  ];
  if (extra.length > 0) suites.push(suite("run", extra));
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${escapeXml(name)}" time="${durationMs / 1000}">
${suites.join("\n")}
</testsuites>
`;
}

function suite(name: string, cases: readonly string[]): string {
  const count = (tag: string) => cases.filter((text) => text.includes(`<${tag} `)).length;
  const attributes = `tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}" skipped="${count("skipped")}"`;
  return `  <testsuite name="${escapeXml(name)}" ${attributes}>\n    ${cases.join("\n    ")}\n  </testsuite>`;
}

function testCase({ id, status, detail, reason, ms }: JUnitCase, theme: string): string {
  const time = ms === undefined ? "" : ` time="${(ms / 1000).toFixed(6)}"`;
  const open = `<testcase classname="${escapeXml(theme)}" name="${escapeXml(id)}"${time}`;
  switch (status) {
    case "passed":
      return `${open}/>`;
    case "failed":
      return `${open}>${element("failure", detail)}</testcase>`;
    case "crashed":
    case "timed_out":
      return `${open}>${element("error", detail)}</testcase>`;
    case "expected_failure":
      return `${open}>${element("skipped", `expected failure: ${reason}`)}</testcase>`;
    case "unsupported":
    case "not_run":
      return `${open}>${element("skipped", detail)}</testcase>`;
  }
}

function element(tag: string, detail: string): string {
  const [first = ""] = detail.split("\n");
  return `<${tag} message="${escapeXml(first)}">${escapeXml(detail)}</${tag}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes text for XML. Characters that XML 1.0 does not allow become `\uXXXX`. */
function escapeXml(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => ENTITIES[character] as string)
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
    });
}
