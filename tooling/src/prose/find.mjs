import { textsOf } from "./texts.mjs";
import { DOCSTRING_START, WORDS } from "./words.mjs";

/** With the flag `m` for all of them: it can only find more, and each word is then searched with its flags. */
const ANY_WORD = new RegExp(WORDS.map(({ find }) => `(?:${spaced(find)})`).join("|"), "im");
const SPACED_WORDS = WORDS.map(({ find, instead }) => ({ find: new RegExp(spaced(find), `g${find.flags}`), instead }));

/** @typedef {{ readonly line: number, readonly found: string, readonly instead: string }} Finding */

/** Returns the forbidden words in the prose of a file. @param {string} file @param {string} source @returns {Finding[]} */
export function findForbiddenWords(file, source) {
  const lines = source.split("\n");
  const starts = [0];
  for (const line of lines) starts.push((starts.at(-1) ?? 0) + line.length + 1);
  /** @type {(Finding & { offset: number })[]} */
  const findings = [];
  for (const { offset, text, kind } of textsOf(file, source)) {
    // A phrase can go on after a line break, with the comment's decoration in between.
    const flat = text.replace(/\n[ \t]*(?:\*(?!\/)|\/\/|#)?/g, (gap) => " ".repeat(gap.length));
    for (const { find, instead } of ANY_WORD.test(flat) ? SPACED_WORDS : []) {
      for (const match of flat.matchAll(find)) add(offset + match.index, match[0], instead);
    }
    const start = /^[\s/*]*/.exec(text)?.[0].length ?? 0;
    const match = kind === "docstring" && DOCSTRING_START.find.exec(text.slice(start));
    if (match) add(offset + start, `docstring beginning with ${match[0]}`, DOCSTRING_START.instead);
  }
  return findings.sort((one, other) => one.offset - other.offset);

  /** @param {number} offset @param {string} found @param {string} instead */
  function add(offset, found, instead) {
    const index = starts.findLastIndex((start) => start <= offset);
    if ([lines[index], lines[index - 1]].some((line) => line?.includes("prose-ok: "))) return;
    findings.push({ line: index + 1, found: found.replace(/ +/g, " "), instead, offset });
  }
}

/** Returns the source of an expression whose spaces match several. @param {RegExp} expression */
function spaced({ source }) {
  return source.replaceAll(" ", " +");
}
