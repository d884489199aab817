import { formatCount } from "../console.js";
import { groupBy } from "../group-by.js";

/** The parts of a report that the tables of a page show. */
export interface Column<Result> {
  readonly name: string;
  readonly results: readonly Result[];
}

/** A cell counts its results by these kinds. `known`: failed as expected. `not_run`: unsupported, or not run. */
export type Kind = "passed" | "failed" | "known" | "not_run";

/** Renders a self-contained HTML page. It loads nothing and runs no script. */
export function page(title: string, lead: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(lead)}</p>
</header>
<main>
${body}
</main>
</body>
</html>
`;
}

/** Returns the id of a case's element. With several implementations, each has an element for the same case. */
export function anchorOf(caseId: string, implementation: number, implementations: number): string {
  return escapeHtml(implementations === 1 ? caseId : `${caseId}-${implementation + 1}`);
}

/** Returns a name for each implementation: with the version if several have the same name, and a number if that is the same too. */
export function distinctNames(
  implementations: readonly { readonly name: string; readonly version: string }[],
): readonly string[] {
  const named = implementations.map(({ name, version }) =>
    implementations.filter((other) => other.name === name).length > 1 ? `${name} ${version}` : name,
  );
  return named.map((name, index) => {
    const number = named.slice(0, index + 1).filter((other) => other === name).length;
    return named.filter((other) => other === name).length > 1 ? `${name} (${number})` : name;
  });
}

/** Renders a table with a column for each implementation, a row for each group, and the share that passed in each cell. */
export function matrix<Status extends string, Result extends { readonly status: Status }>(
  columns: readonly Column<Result>[],
  groupsOf: (result: Result) => readonly string[],
  labels: Readonly<Record<Status, string>>,
  kindOf: (status: Status) => Kind,
): string {
  const groupsOfColumns = columns.map(({ results }) =>
    groupBy(
      results.flatMap((result) => groupsOf(result).map((group) => ({ group, result }))),
      ({ group }) => group,
    ),
  );
  const groups = [...new Set(groupsOfColumns.flatMap((column) => [...column.keys()]))].sort();
  const rows = groups.map((group) => {
    const cells = groupsOfColumns.map((column) => {
      const statuses = (column.get(group) ?? []).map(({ result }) => result.status);
      return cell(statuses, labels, kindOf);
    });
    return [group, ...cells];
  });
  return table(columns, rows);
}

/** Renders a table whose rows are a heading, which is escaped, and a cell of HTML for each implementation. */
export function table(columns: readonly { readonly name: string }[], rows: readonly (readonly string[])[]): string {
  const head = columns.map(({ name }) => `<th scope="col">${escapeHtml(name)}</th>`).join("");
  const body = rows.map(
    ([heading = "", ...cells]) => `<tr><th scope="row">${escapeHtml(heading)}</th>${cells.join("")}</tr>`,
  );
  return `<div class="scroll"><table><thead><tr><td></td>${head}</tr></thead><tbody>${body.join("\n")}</tbody></table></div>`;
}

function cell<Status extends string>(
  statuses: readonly Status[],
  labels: Readonly<Record<Status, string>>,
  kindOf: (status: Status) => Kind,
): string {
  if (statuses.length === 0) return '<td class="none">–</td>';
  const title = [...groupBy(statuses, (status) => status)]
    .map(([status, members]) => `${members.length} ${labels[status as Status]}`)
    .join(", ");
  const count = (kind: Kind) => statuses.filter((status) => kindOf(status) === kind).length;
  const run = statuses.length - count("not_run");
  if (run === 0) {
    return `<td class="none" title="${title}">${labels[statuses[0] as Status]}</td>`;
  }
  const kind = count("failed") > 0 ? "failed" : count("known") > 0 ? "known" : "passed";
  return `<td class="${CLASSES[kind]}" title="${title}">${MARKS[kind]} ${formatCount(count("passed"))}<small>/${formatCount(run)}</small></td>`;
}

/** The class of a cell of each kind. */
export const CLASSES: Readonly<Record<Kind, string>> = {
  passed: "good",
  failed: "bad",
  known: "expected",
  not_run: "none",
};

/** The mark of a cell of each kind, so that the kinds differ by more than their colors. */
export const MARKS: Readonly<Record<Kind, string>> = { passed: "✓", failed: "✗", known: "!", not_run: "–" };

/** Renders terms and their texts as a list. Absent texts are left out. */
export function definitions(entries: readonly (readonly [string, string | undefined])[]): string {
  const rows = entries.flatMap(([name, text]) =>
    text === undefined
      ? []
      : [`<dt>${name}</dt><dd>${text === "" ? "empty" : `<code>${escapeHtml(text)}</code>`}</dd>`],
  );
  return `<dl>${rows.join("")}</dl>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function escapeHtml(text: string): string {
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
details { border-bottom: 1px solid var(--line); padding: .3rem 0; } summary { cursor: pointer; padding: .2rem 0; } summary em { color: var(--quiet); font-style: normal; }
section + section { margin-top: 1.5rem; }
blockquote { margin: .5rem 0; padding: .1rem 0 .1rem .9rem; border-left: 3px solid var(--line); } cite { display: block; color: var(--quiet); font-style: normal; font-size: .87rem; }
.trace { max-height: 24rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; } .trace span { display: block; padding-left: 10ch; text-indent: -10ch; } .trace .quiet { color: var(--quiet); } .trace .received { color: var(--good); }
details > .scroll { margin: .4rem 0 .8rem; } details .scroll th[scope=row] { white-space: normal; min-width: 12rem; }
pre, code { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; } pre { overflow-x: auto; background: var(--panel); border: 1px solid var(--line);
  border-radius: 6px; padding: .7rem .9rem; }
@media (max-width: 40rem) { th, td { padding: .35rem .5rem; font-size: .87rem; } th { white-space: normal; }
  th[scope=row] { position: sticky; left: 0; background: var(--panel); } details .scroll th[scope=row] { min-width: 8rem; } }
`;
