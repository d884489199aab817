import { formatCount } from "../console.js";
import { groupBy } from "../group-by.js";
import { type WireReport, type WireResult, type WireStatus, wireVerdictLabel } from "../wire/report.js";
import { summarizeWire, WIRE_LABELS } from "../wire/terminal.js";
import {
  anchorOf,
  CLASSES,
  type Column,
  definitions,
  distinctNames,
  escapeHtml,
  type Kind,
  MARKS,
  matrix,
  page,
  table,
} from "./page.js";

/**
 * Renders a page of wire reports: what differs first, each failure with the sentence of the protocol, the expected and the
 * received frame, and the trace; then a column for each implementation.
 */
export function wireHtml(reports: readonly WireReport[]): string {
  const names = distinctNames(reports.map(({ implementation }) => implementation));
  const columns = reports.map(({ results }, index) => ({ name: names[index] as string, results }));
  const counts = (groupsOf: (result: WireResult) => readonly string[]) =>
    matrix(columns, groupsOf, WIRE_LABELS, (status) => KINDS[status]);
  const peers = [...new Set(reports.map(({ peer }) => `${peer}s`))].join(" and ");
  const lead = `Scenarios for ${peers}. Each tests one sentence of PROTOCOL.md.`;
  const anchors = reports.map((_report, index) => (id: string) => anchorOf(id, index, reports.length));
  const failures = reports.map((report, index) =>
    details(report, names[index] as string, anchors[index] as (id: string) => string),
  );
  return page(
    "Wire conformance",
    lead,
    `<section class="cards">${reports.map(card).join("\n")}</section>
<h2>What differs</h2>
${failures.join("\n")}
<h2>By section of the protocol</h2>
<p class="note">Each cell shows how many of the scenarios that ran have passed. A scenario that needs a feature which the peer
does not declare is not run and does not count.</p>
${counts(({ section }) => [section])}
<h2>By tier</h2>
${counts(({ tier }) => [tier])}
<h2>By feature</h2>
${counts(({ features }) => (features.length === 0 ? ["no feature required"] : features))}
<h2>Every scenario</h2>
${sections(columns)}`,
  );
}

const KINDS: Readonly<Record<WireStatus, Kind>> = {
  passed: "passed",
  failed: "failed",
  fault: "failed",
  expected_failure: "known",
  unsupported: "not_run",
};

function card(report: WireReport): string {
  const { implementation, peer, counts, verdict, durationMs, notes } = report;
  const known = verdict === "conforms" && counts.expected_failure > 0 ? " known" : "";
  return `<article class="card ${verdict}${known}">
<p class="verdict">${escapeHtml(wireVerdictLabel(report))}</p>
<h3>${escapeHtml(implementation.name)} <small>${escapeHtml(implementation.version)}</small></h3>
<p>${peer}</p>
<p>${summarizeWire(counts)} <small>in ${formatCount(durationMs)} ms</small></p>
${notes.map((note) => `<p>${escapeHtml(note)}</p>`).join("\n")}
</article>`;
}

function details({ results, stale }: WireReport, name: string, anchor: (id: string) => string): string {
  const failed = results.filter(({ status }) => KINDS[status] === "failed");
  const known = results.filter(({ status }) => KINDS[status] === "known");
  const cases = failed.map((result, index) => failure(result, anchor(result.id), index < 3));
  const expected = known.map((result) => failure(result, anchor(result.id), false));
  const notes = stale.map((entry) => `<p class="missing">Stale expected failure: ${escapeHtml(entry)}</p>`);
  return `<section><h3>${escapeHtml(name)}</h3>
${notes.join("\n")}
${cases.length === 0 && notes.length === 0 ? `<p>Nothing${known.length > 0 ? " unexpected" : ""}.</p>` : cases.join("\n")}
${expected.length === 0 ? "" : `<p class="note">Expected to fail:</p>${expected.join("\n")}`}</section>`;
}

function failure(result: WireResult, anchor: string, open: boolean): string {
  const { id, title, section, sentence, status, detail, reason, expected, received, difference, trace } = result;
  const frames =
    expected === undefined
      ? [["detail", detail] as const]
      : ([
          ["differs at", difference],
          ["expected", expected],
          ["received", received],
        ] as const);
  const lines = trace.map((line) => `<span class="${direction(line)}">${escapeHtml(line)}</span>`).join("");
  return `<details id="${anchor}"${open ? " open" : ""}><summary><a href="#${anchor}"><code>${escapeHtml(id)}</code></a>
${WIRE_LABELS[status]} <em>${escapeHtml(reason === undefined ? title : `${title}: ${reason}`)}</em></summary>
<blockquote>${withCode(sentence)}<cite>PROTOCOL.md, ${escapeHtml(section)}</cite></blockquote>
${definitions(frames)}
${lines === "" ? "" : `<pre class="trace" tabindex="0">${lines}</pre>`}</details>`;
}

/** Renders a sentence of PROTOCOL.md, in which code has backticks. */
function withCode(sentence: string): string {
  return escapeHtml(sentence).replace(/`([^`]+)`/g, "<code>$1</code>");
}

/** Returns the class of a line of a trace. `←` is what the suite receives. */
function direction(line: string): string {
  const [, arrow] = /^\s*\d+ ms (.)/.exec(line) ?? [];
  return arrow === "←" ? "received" : arrow === "→" ? "sent" : "quiet";
}

/** Renders a table of scenarios for each section of the protocol. */
function sections(columns: readonly Column<WireResult>[]): string {
  const scenarios = new Map(columns.flatMap(({ results }) => results).map((result) => [result.id, result]));
  const found = columns.map(({ results }) => new Map(results.map((result) => [result.id, result])));
  return [...groupBy([...scenarios.values()], ({ section }) => section)]
    .map(([section, members]) => {
      const rows = members.map(({ id, title }) => [
        `${id}: ${title}`,
        ...found.map((results) => mark(results.get(id))),
      ]);
      return `<details><summary>${escapeHtml(section)} <em>${members.length}</em></summary>${table(columns, rows)}</details>`;
    })
    .join("\n");
}

function mark(result: WireResult | undefined): string {
  if (result === undefined) return '<td class="none">–</td>';
  const kind = KINDS[result.status];
  const time = kind === "not_run" ? "" : ` <small>${formatCount(Math.round(result.durationMs))} ms</small>`;
  return `<td class="${CLASSES[kind]}">${MARKS[kind]} ${WIRE_LABELS[result.status]}${time}</td>`;
}
