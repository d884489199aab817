import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { isPinned } from "./cores.mjs";

const README = fileURLToPath(new URL("../README.md", import.meta.url));

/** Figures as they are shown: the first column is text, the others are figures. @typedef {{ title: string, head: string[], rows: string[][], note?: string }} Table */

/**
 * What a part found. `broken`: goals that are guarantees and were not kept; a ratio is only reported.
 *
 * @typedef {{ tables: Table[], broken?: string[] }} Findings
 */

/** A ratio beside its floor and goal, higher is better. @param {number} ratio @param {number} floor @param {number} goal */
export function against(ratio, floor, goal) {
  const verdict = ratio >= goal ? "goal met" : ratio >= floor ? "floor met" : "BELOW FLOOR";
  return [ratio.toFixed(2), String(floor), String(goal), verdict];
}

/** A figure that may not pass its limit. @param {number} figure @param {number} limit @param {string} unit */
export function within(figure, limit, unit) {
  return [`${figure.toFixed(2)} ${unit}`, `${limit} ${unit}`, figure <= limit ? "kept" : "BROKEN"];
}

/** @param {Table} table @returns {string} for a terminal */
export function asText({ title, head, rows, note }) {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column].length)));
  const line = (/** @type {string[]} */ cells) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ");
  const lines = [title, ...[head, ...rows].map((cells) => `  ${line(cells).trimEnd()}`)];
  return `${[...lines, ...(note ? [`  ${note}`] : [])].join("\n")}\n`;
}

/** @param {Table} table @returns {string} */
function asMarkdown({ title, head, rows, note }) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [`**${title}**`, "", ...[head, rule, ...rows].map(line), ...(note ? ["", note] : [])].join("\n");
}

/** The machine, in a line. */
export function machine() {
  const cores = availableParallelism();
  const pinned = isPinned
    ? "the server pinned to one, the loader to another"
    : "NOT pinned: nothing keeps server and loader apart";
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `Node ${process.version}, Linux ${release()}, ${cpus()[0]?.model ?? "unknown processor"}, ${cores} cores (${pinned}), ${memory}`;
}

/** Puts a part's findings between its markers in the README. @param {string} name @param {Findings} findings */
export function writeFindings(name, { tables }) {
  const [start, end] = [`<!-- figures of ${name} -->`, `<!-- /figures of ${name} -->`];
  const text = readFileSync(README, "utf8");
  const [before, rest] = text.split(start);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`${README} has no "${start}" … "${end}" to write between`);
  const when = new Date().toISOString().slice(0, 10);
  const body = [`${when}. ${machine()}.`, ...tables.map(asMarkdown)].join("\n\n");
  writeFileSync(README, `${before}${start}\n\n${body}\n\n${end}${after}`);
}
