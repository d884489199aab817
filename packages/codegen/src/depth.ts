import { excessOf } from "@trading/topic/shapes";
import { problem } from "./references.js";

/** Maximum number of nested lists and maps in a document. A parser of YAML takes minutes for a few hundred. */
const MAX_DEPTH = 100;

/**
 * Refuses a text that is nested too deeply, before it is parsed: by brackets, or by the indentation of YAML.
 *
 * @throws CodegenError
 */
export function refuseDeep(text: string): void {
  if (excessOf(text, { maxLength: 0, maxDepth: MAX_DEPTH, maxElements: 0 }) === undefined && !isIndentedDeeply(text))
    return;
  throw problem(
    "",
    `This document is nested deeper than ${MAX_DEPTH}: name inner schemas, and refer to them with $ref`,
  );
}

/** Returns whether lines are indented below each other too often. `- ` and `? ` open a further level in the same line. */
function isIndentedDeeply(text: string): boolean {
  /** The indentations of the open levels, outermost first. */
  const open: number[] = [];
  for (const line of text.split("\n")) {
    let indent = 0;
    while (line[indent] === " ") indent++;
    if (indent === line.trimEnd().length) continue;
    while ((open.at(-1) ?? -1) >= indent) open.pop();
    open.push(indent);
    let indicators = 0;
    for (let index = indent; "-?:".includes(line[index] ?? "x") && line[index + 1] === " "; index += 2) indicators++;
    if (open.length + indicators > MAX_DEPTH) return true;
  }
  return false;
}
