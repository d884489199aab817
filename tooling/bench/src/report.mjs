import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { isPinned } from "./cores.mjs";

const README = fileURLToPath(new URL("../README.md", import.meta.url));

/** A table of figures; the first column is text. @typedef {{ title: string, head: string[], rows: string[][], note?: string }} Table */

/**
 * The findings of a part. `broken` lists guarantees that were not kept; ratios below their floor are not in it.
 *
 * @typedef {{ tables: Table[], broken?: string[] }} Findings
 */

/** Returns the cells of a ratio with its floor and goal; higher is better. @param {number} ratio @param {number} floor @param {number} goal */
export function against(ratio, floor, goal) {
  const verdict = ratio >= goal ? "goal met" : ratio >= floor ? "floor met" : "BELOW FLOOR";
  return [ratio.toFixed(2), String(floor), String(goal), verdict];
}

/** Returns the verdict on a figure with a floor and a goal; lower is better. @param {number} figure @param {number} floor @param {number} goal */
export function verdictOf(figure, floor, goal) {
  return figure <= goal ? "goal met" : figure <= floor ? "floor met" : "ABOVE FLOOR";
}

/** Returns the cells of a figure with its upper limit. @param {number} figure @param {number} limit @param {string} unit */
export function within(figure, limit, unit) {
  return [`${figure.toFixed(2)} ${unit}`, `${limit} ${unit}`, figure <= limit ? "kept" : "BROKEN"];
}

/** Formats a table for a terminal. @param {Table} table @returns {string} */
export function asText({ title, head, rows, note }) {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column].length)));
  const line = (/** @type {string[]} */ cells) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ");
  const lines = [title, ...[head, ...rows].map((cells) => `  ${line(cells).trimEnd()}`)];
  return `${[...lines, ...(note ? [`  ${note}`] : [])].join("\n")}\n`;
}

/** Formats a table as Markdown. @param {Table} table @returns {string} */
function asMarkdown({ title, head, rows, note }) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [`**${title}**`, "", ...[head, rule, ...rows].map(line), ...(note ? ["", note] : [])].join("\n");
}

/** Returns a description of the machine in one line. */
export function machine() {
  const cores = availableParallelism();
  const pinned = isPinned
    ? "the server pinned to one, the loader to another"
    : "NOT pinned: server and loader can share a core";
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `Node ${process.version}, Linux ${release()}, ${cpus()[0]?.model ?? "unknown processor"}, ${cores} cores (${pinned}), ${memory}`;
}

/** Writes the findings of a part between its markers in the README. @param {string} name @param {Findings} findings */
export function writeFindings(name, { tables }) {
  const [start, end] = [`<!-- figures of ${name} -->`, `<!-- /figures of ${name} -->`];
  const text = readFileSync(README, "utf8");
  const [before, rest] = text.split(start);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`${README} does not contain the markers "${start}" and "${end}"`);
  const when = new Date().toISOString().slice(0, 10);
  const body = [`${when}. ${machine()}.`, ...tables.map(asMarkdown)].join("\n\n");
  writeFileSync(README, `${before}${start}\n\n${body}\n\n${end}${after}`);
}
