import { formatCount } from "../console.js";
import type { CaseResult, ConformanceReport, Status } from "../report.js";
import { anchorOf, definitions, distinctNames, escapeHtml, type Kind, matrix, page } from "./page.js";
import { STATUS_LABELS, summarize, verdictLabel } from "./terminal.js";

/** Maximum number of slow cases to list for each implementation. */
const MAX_SLOW = 5;

/** Maximum number of failed cases that the page lists for each implementation. The JSON report contains all of them. */
const MAX_LISTED = 300;

/**
 * Renders a self-contained HTML page: what differs first, then a column for each implementation, and a row for each part,
 * theme and feature. The page loads nothing and runs no script.
 */
export function html(reports: readonly ConformanceReport[]): string {
  const versions = [...new Set(reports.map(({ vectors }) => vectors.version))].join(", ");
  const names = distinctNames(reports.map(({ implementation }) => implementation));
  const columns = reports.map(({ results }, index) => ({ name: names[index] as string, results }));
  const counts = (groupsOf: (result: CaseResult) => readonly string[]) =>
    matrix(columns, groupsOf, STATUS_LABELS, (status) => KINDS[status]);
  return page(
    "Topic conformance",
    `Vectors ${versions}`,
    `<section class="cards">${reports.map(card).join("\n")}</section>
<h2>What differs</h2>
${reports.map((report, index) => details(report, names[index] as string, (id) => anchorOf(id, index, reports.length))).join("\n")}
<h2>By part</h2>
<p class="note">Each cell shows how many of the cases that ran have passed. A case that requires a feature which the
implementation does not declare is not run and does not count. No vector tests the wire.</p>
${counts(({ part }) => [part])}
<h2>By theme</h2>
${counts(({ theme }) => [theme])}
<h2>By feature</h2>
${counts(({ features }) => (features.length === 0 ? ["no feature required"] : features))}
<h2>Time</h2>
${reports.map((report, index) => slowest(report, names[index] as string)).join("\n")}`,
  );
}

const KINDS: Readonly<Record<Status, Kind>> = {
  passed: "passed",
  failed: "failed",
  crashed: "failed",
  timed_out: "failed",
  expected_failure: "known",
  unsupported: "not_run",
  not_run: "not_run",
};

function card(report: ConformanceReport): string {
  const { implementation, counts, verdict, durationMs, fault, profile } = report;
  const { name, version, language } = implementation;
  const known = verdict === "conforms" && counts.expected_failure > 0 ? " known" : "";
  return `<article class="card ${verdict}${known}">
<p class="verdict">${escapeHtml(verdictLabel(report))}</p>
<h3>${escapeHtml(name)} <small>${escapeHtml(version)}</small></h3>
<p>${escapeHtml(language)}${profile === undefined ? "" : `, profile ${escapeHtml(profile)}`}</p>
<p>${summarize(counts)} <small>in ${formatCount(durationMs)} ms</small></p>
${fault === undefined ? "" : `<pre>${escapeHtml(fault)}</pre>`}
</article>`;
}

function details(
  { results, stale, hidden, missingFeatures }: ConformanceReport,
  name: string,
  anchor: (id: string) => string,
): string {
  const failed = results.filter(({ status }) => ["failed", "crashed", "timed_out"].includes(status));
  const cases = failed.slice(0, MAX_LISTED).map((result, index) => failure(result, anchor(result.id), index < 3));
  const more = failed.length - cases.length;
  const notes = [
    ...missingFeatures.map((feature) => `The required feature ${feature} is not declared.`),
    ...stale.map((entry) => `Stale expected failure: ${entry}`),
  ];
  const expected = hidden.map(
    ({ pattern, reason, cases: count }) =>
      `<li><code>${escapeHtml(pattern)}</code> ${escapeHtml(reason)} <small>hides ${formatCount(count)} ${count === 1 ? "case" : "cases"}</small></li>`,
  );
  return `<section><h3>${escapeHtml(name)}</h3>
${notes.map((note) => `<p class="missing">${escapeHtml(note)}</p>`).join("\n")}
${cases.length === 0 && notes.length === 0 ? "<p>Nothing.</p>" : cases.join("\n")}
${more > 0 ? `<p>… and ${formatCount(more)} more; the JSON report contains all.</p>` : ""}
${expected.length === 0 ? "" : `<p>Expected to fail:</p><ul>${expected.join("\n")}</ul>`}</section>`;
}

function failure(
  { id, status, detail, why, input, expected, actual }: CaseResult,
  anchor: string,
  open: boolean,
): string {
  const rows = [
    ["input", input],
    ["expected", expected],
    ["actual", actual],
  ] as const;
  return `<details id="${anchor}"${open ? " open" : ""}><summary><a href="#${anchor}"><code>${escapeHtml(id)}</code></a>
${STATUS_LABELS[status]} <em>${escapeHtml(why ?? "")}</em></summary>${definitions(rows)}<pre>${escapeHtml(detail)}</pre>
<p><code>npx @trading/topic-conformance explain ${escapeHtml(id)}</code></p></details>`;
}

function slowest({ results, themes }: ConformanceReport, name: string): string {
  const slow = results.toSorted((one, other) => (other.ms ?? 0) - (one.ms ?? 0)).slice(0, MAX_SLOW);
  const rows = slow.map(
    ({ id, ms = 0 }) => `<li><code>${escapeHtml(id)}</code> ${formatCount(Math.round(ms))} ms</li>`,
  );
  const total = themes.reduce((sum, { ms }) => sum + ms, 0);
  return `<section><h3>${escapeHtml(name)}</h3><p>${formatCount(Math.round(total))} ms in all cases. The slowest:</p><ul>${rows.join("")}</ul></section>`;
}
