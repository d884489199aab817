import { readFileSync } from "node:fs";

/** Returns the text of each section of PROTOCOL.md, without its subsections, with white space as single spaces. */
export function protocolSections(): ReadonlyMap<string, string> {
  const document = readFileSync(new URL("../../../../PROTOCOL.md", import.meta.url), "utf8");
  const sections = new Map<string, string>();
  for (const part of document.split(/^#+ /m).slice(1)) {
    const end = part.indexOf("\n");
    const text = part.slice(end).replace(/^\s*(-|\d+\.) /gm, " ");
    sections.set(part.slice(0, end), text.replace(/\s+/g, " "));
  }
  return sections;
}
