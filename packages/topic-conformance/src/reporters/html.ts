import { formatCount } from "../console.js";
import { groupBy } from "../group-by.js";
import type { CaseResult, ConformanceReport, Status } from "../report.js";
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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Topic conformance</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Topic conformance</h1>
<p>Vectors ${escapeHtml(versions)}</p>
</header>
<main>
<section class="cards">${reports.map(card).join("\n")}</section>
<h2>What differs</h2>
${reports.map(details).join("\n")}
<h2>By part</h2>
<p class="note">Each cell shows how many of the cases that ran have passed. A case that requires a feature which the
implementation does not declare is not run and does not count. No vector tests the wire.</p>
${matrix(reports, ({ part }) => [part])}
<h2>By theme</h2>
${matrix(reports, ({ theme }) => [theme])}
<h2>By feature</h2>
${matrix(reports, ({ features }) => (features.length === 0 ? ["no feature required"] : features))}
<h2>Time</h2>
${reports.map(slowest).join("\n")}
</main>
</body>
</html>
`;
}

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

function matrix(reports: readonly ConformanceReport[], groupsOf: (result: CaseResult) => readonly string[]): string {
  const columns = reports.map(({ results }) =>
    groupBy(
      results.flatMap((result) => groupsOf(result).map((group) => ({ group, result }))),
      ({ group }) => group,
    ),
  );
  const groups = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort();
  const head = reports.map(({ implementation }) => `<th scope="col">${escapeHtml(implementation.name)}</th>`).join("");
  const rows = groups.map((group) => {
    const cells = columns.map((column) => cell((column.get(group) ?? []).map(({ result }) => result.status)));
    return `<tr><th scope="row">${escapeHtml(group)}</th>${cells.join("")}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr><td></td>${head}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

function cell(statuses: readonly Status[]): string {
  if (statuses.length === 0) return '<td class="none">–</td>';
  const counts = groupBy(statuses, (status) => status);
  const title = [...counts]
    .map(([status, members]) => `${members.length} ${STATUS_LABELS[status as Status]}`)
    .join(", ");
  const run = statuses.filter((status) => status !== "unsupported" && status !== "not_run").length;
  if (run === 0) {
    const label = counts.has("not_run") ? "not run" : "unsupported";
    return `<td class="none" title="${title}">${label}</td>`;
  }
  const passed = counts.get("passed")?.length ?? 0;
  const expected = counts.get("expected_failure")?.length ?? 0;
  const kind = passed === run ? "good" : passed + expected === run ? "expected" : "bad";
  const mark = { good: "✓", expected: "!", bad: "✗" }[kind];
  return `<td class="${kind}" title="${title}">${mark} ${formatCount(passed)}<small>/${formatCount(run)}</small></td>`;
}

function details({ implementation, results, stale, hidden, missingFeatures }: ConformanceReport): string {
  const failed = results.filter(({ status }) => ["failed", "crashed", "timed_out"].includes(status));
  const cases = failed.slice(0, MAX_LISTED).map((result, index) => failure(result, index < 3));
  const more = failed.length - cases.length;
  const notes = [
    ...missingFeatures.map((feature) => `The required feature ${feature} is not declared.`),
    ...stale.map((entry) => `Stale expected failure: ${entry}`),
  ];
  const expected = hidden.map(
    ({ pattern, reason, cases: count }) =>
      `<li><code>${escapeHtml(pattern)}</code> ${escapeHtml(reason)} <small>hides ${formatCount(count)} ${count === 1 ? "case" : "cases"}</small></li>`,
  );
  return `<section><h3>${escapeHtml(implementation.name)}</h3>
${notes.map((note) => `<p class="missing">${escapeHtml(note)}</p>`).join("\n")}
${cases.length === 0 && notes.length === 0 ? "<p>Nothing.</p>" : cases.join("\n")}
${more > 0 ? `<p>… and ${formatCount(more)} more; the JSON report contains all.</p>` : ""}
${expected.length === 0 ? "" : `<p>Expected to fail:</p><ul>${expected.join("\n")}</ul>`}</section>`;
}

function failure({ id, status, detail, why, input, expected, actual }: CaseResult, open: boolean): string {
  const rows = [
    ["input", input],
    ["expected", expected],
    ["actual", actual],
  ].flatMap(([name, text]) =>
    text === undefined ? [] : [`<dt>${name}</dt><dd><code>${escapeHtml(text)}</code></dd>`],
  );
  return `<details id="${escapeHtml(id)}"${open ? " open" : ""}><summary><a href="#${escapeHtml(id)}"><code>${escapeHtml(id)}</code></a>
${STATUS_LABELS[status]} <em>${escapeHtml(why ?? "")}</em></summary><dl>${rows.join("")}</dl><pre>${escapeHtml(detail)}</pre>
<p><code>npx @trading/topic-conformance explain ${escapeHtml(id)}</code></p></details>`;
}

function slowest({ implementation, results, themes }: ConformanceReport): string {
  const slow = results.toSorted((one, other) => (other.ms ?? 0) - (one.ms ?? 0)).slice(0, MAX_SLOW);
  const rows = slow.map(
    ({ id, ms = 0 }) => `<li><code>${escapeHtml(id)}</code> ${formatCount(Math.round(ms))} ms</li>`,
  );
  const total = themes.reduce((sum, { ms }) => sum + ms, 0);
  return `<section><h3>${escapeHtml(implementation.name)}</h3><p>${formatCount(Math.round(total))} ms in all cases. The slowest:</p><ul>${rows.join("")}</ul></section>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
}

const STYLE = `
:root { color-scheme: light dark; --ground: #fbfaf8; --panel: #fff; --ink: #1d2126; --quiet: #666e78; --line: #dfdcd6;
  --good: #17734a; --good-ground: #e4f3ea; --bad: #b3261e; --bad-ground: #fbe7e5; --expected: #8a5a00; --expected-ground: #fbf0d9; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171b; --panel: #1c2026; --ink: #e6e8eb; --quiet: #98a1ac; --line: #30363e;
  --good: #74d3a2; --good-ground: #173126; --bad: #ff9d94; --bad-ground: #3b1c1a; --expected: #f0c36a; --expected-ground: #352a12; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2.5rem 1.5rem 5rem; background: var(--ground); color: var(--ink);
  font: 15px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.9rem; letter-spacing: -.02em; margin: 0; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .8rem; } h3 { margin: 0; font-size: 1.05rem; }
header p { max-width: 46rem; } p { margin: .3rem 0; } header p, small, td, .card p:not(.verdict) { color: var(--quiet); } small { font-weight: 400; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 1rem; margin-top: 1.5rem; }
.card { background: var(--panel); border: 1px solid var(--line); border-top: 3px solid var(--bad); border-radius: 8px; padding: 1rem 1.2rem; }
.card.conforms { border-top-color: var(--good); } .verdict { margin: 0 0 .3rem; font-weight: 600; font-size: .85rem; color: var(--bad); }
.conforms .verdict { color: var(--good); } .card.known { border-top-color: var(--expected); } .known .verdict { color: var(--expected); }
.note { max-width: 46rem; color: var(--quiet); } .missing { color: var(--bad); } dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1rem; margin: .5rem 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; } summary { overflow-wrap: anywhere; } a { color: inherit; }
@media (max-width: 40rem) { body { padding: 1.2rem .9rem 3rem; } dl { grid-template-columns: minmax(0, 1fr); } dd { margin-bottom: .4rem; } }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; } th, td { padding: .4rem .9rem; text-align: right; white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); } th[scope=row] { text-align: left; font-weight: 500; }
.good { color: var(--good); background: var(--good-ground); } .bad { color: var(--bad); background: var(--bad-ground); font-weight: 600; }
.expected { color: var(--expected); background: var(--expected-ground); }
details { border-bottom: 1px solid var(--line); padding: .3rem 0; } summary { cursor: pointer; } summary em { color: var(--quiet); }
section + section { margin-top: 1.5rem; }
pre, code { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; } pre { overflow-x: auto; background: var(--panel); border: 1px solid var(--line);
  border-radius: 6px; padding: .7rem .9rem; }
`;
