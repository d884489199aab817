/**
 * The longest text that is built, in characters. A value can share its parts, so that 60 small arrays stand for 2^60
 * values: without a bound on the output such an input would hang the process.
 */
export const MAX_LENGTH = 2 ** 24;

/** A JSON string in printable ASCII, every other UTF-16 unit as a lower-case `\uXXXX`. */
export function quote(text: string): string {
  return appendQuoted("", text);
}

/** Adds the quoted text to what is written already: a fifth cheaper than to make it first and add it then. */
export function appendQuoted(written: string, text: string): string {
  return `${written}"${isPlain(text) ? text : escapeUnits(text)}"`;
}

/** Whether the text stands for itself between quotation marks. Faster than a regular expression on short texts. */
export function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Outside space to tilde, or a quotation mark, or a backslash.
    if (unit < 0x20 || unit > 0x7e || unit === 0x22 || unit === 0x5c) return false;
  }
  return true;
}

function escapeUnits(text: string): string {
  // Without the flag `u` a match is one UTF-16 unit. JSON.stringify has the short forms of what is ASCII.
  return text.replace(/[^ !#-[\]-~]/g, (unit) =>
    unit > "~" ? `\\u${(0x10000 + unit.charCodeAt(0)).toString(16).slice(1)}` : JSON.stringify(unit).slice(1, -1),
  );
}

/** In place. UTF-16 order, which `Array.prototype.sort` has, puts U+1F600 before U+FFEE; Python does not. */
export function sortByCodePoint(keys: string[]): void {
  if (keys.length > 10) {
    keys.sort(compareCodePoints);
    return;
  }
  for (let end = 1; end < keys.length; end++) {
    const key = keys[end] as string;
    let at = end;
    for (; at > 0 && compareCodePoints(keys[at - 1] as string, key) > 0; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
}

function compareCodePoints(left: string, right: string): number {
  for (let index = 0; ; index++) {
    // Past its end a key counts as lower than any character, so that a prefix comes first.
    const difference = (left.codePointAt(index) ?? -1) - (right.codePointAt(index) ?? -1);
    if (difference || index >= left.length) return difference;
  }
}
