/** The categories that have a goal, by the name that Lighthouse gives them. */
export const CATEGORIES = {
  performance: "performance",
  accessibility: "accessibility",
  "best-practices": "best practices",
};

/** The measures that the performance consists of. */
const MEASURES = {
  "first-contentful-paint": "FCP",
  "largest-contentful-paint": "LCP",
  "total-blocking-time": "TBT",
  "cumulative-layout-shift": "CLS",
  "speed-index": "speed index",
};

/**
 * One page load as Lighthouse reports it ("lhr"), as far as the table uses it.
 *
 * @typedef {object} Report
 * @property {Readonly<Record<string, { readonly score: number | null, readonly auditRefs: readonly { readonly id: string, readonly weight: number }[] }>>} categories
 * @property {Readonly<Record<string, Audit>>} audits
 * @property {readonly string[]} runWarnings
 * @property {{ readonly benchmarkIndex: number }} environment the speed of the processor
 */

/**
 * @typedef {object} Audit
 * @property {string} title
 * @property {number | null} score from 0 to 1; null if the audit does not apply
 * @property {string} [displayValue]
 * @property {{ readonly items?: readonly { readonly node?: { readonly selector?: string } }[] }} [details]
 */

/**
 * Returns the load whose performance is in the middle: a single one depends on what else the machine does. Of an even number, the lower
 * of the two.
 *
 * @param {readonly Report[]} reports
 */
export function middleOf(reports) {
  const inOrder = reports.toSorted((one, other) => scoreOf(one, "performance") - scoreOf(other, "performance"));
  return /** @type {Report} */ (inOrder[Math.floor((inOrder.length - 1) / 2)]);
}

/** Returns a score from 0 to 100; 0 if Lighthouse could not compute it. @param {Report} report @param {string} category */
function scoreOf({ categories }, category) {
  return Math.round((categories[category]?.score ?? 0) * 100);
}

/**
 * Returns the scores and measures of each device as a table, next to the goal, and the scores that miss it.
 *
 * @param {Readonly<Record<string, Report>>} reports by device
 * @param {number} goal from 0 to 100
 * @returns {{ readonly table: string, readonly missed: readonly string[] }}
 */
export function compareWithGoal(reports, goal) {
  const devices = Object.entries(reports);
  const categories = Object.keys(CATEGORIES).filter((id) => devices.some(([, report]) => id in report.categories));
  const measures = Object.keys(MEASURES).filter((id) => devices.some(([, report]) => id in report.audits));
  const head = ["", ...categories.map((id) => nameOf(CATEGORIES, id)), ...measures.map((id) => nameOf(MEASURES, id))];
  const rows = devices.map(([device, report]) => [
    device,
    ...categories.map((id) => `${scoreOf(report, id)}`),
    ...measures.map((id) => report.audits[id]?.displayValue?.replaceAll("\u00a0", " ") ?? "-"),
  ]);
  const goals = ["goal", ...categories.map(() => `${goal}`), ...measures.map(() => "")];
  const missed = devices.flatMap(([device, report]) =>
    categories
      .filter((id) => scoreOf(report, id) < goal)
      .map((id) => `${nameOf(CATEGORIES, id)} on ${device}: ${scoreOf(report, id)}, goal ${goal}`),
  );
  return { table: align([head, ...rows, goals]), missed };
}

/**
 * Returns the audits that lower a score, one a line, with the elements that they name.
 *
 * @param {Readonly<Record<string, Report>>} reports by device
 * @returns {readonly string[]}
 */
export function failedAudits(reports) {
  return Object.entries(reports).flatMap(([device, { categories, audits }]) =>
    Object.values(categories)
      .flatMap(({ auditRefs }) => auditRefs)
      .filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 0.9)
      .map(({ id }) => {
        const { title, displayValue = "", details } = /** @type {Audit} */ (audits[id]);
        const elements = (details?.items ?? []).flatMap(({ node }) => node?.selector ?? []);
        return [`${device}: ${id}: ${title}`, displayValue, ...elements].filter(Boolean).join("\n    ");
      }),
  );
}

/** @param {Readonly<Record<string, string>>} names @param {string} id */
function nameOf(names, id) {
  return names[id] ?? id;
}

/** Aligns the columns of a table, numbers to the right. @param {readonly (readonly string[])[]} rows */
function align(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
  );
  return lines.map((line) => line.join("  ").trimEnd()).join("\n");
}
