/**
 * The maximum length of a topic's parameters, in characters. A value can share parts, so that 60 small arrays contain
 * 2^60 values. Without this limit, such an input would hang the process.
 */
export const MAX_LENGTH = 2 ** 24;

/** Returns a JSON string in printable ASCII, with all other UTF-16 units as lower-case `\uXXXX`. */
export function quote(text: string): string {
  return appendQuoted("", text);
}

/** Appends the quoted text. A fifth faster than quoting first and appending then. */
export function appendQuoted(written: string, text: string): string {
  return `${written}"${isPlain(text) ? text : escapeUnits(text)}"`;
}

/** Whether the text needs no escaping. Faster than a regular expression for short texts. */
export function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Not printable ASCII, or a quotation mark, or a backslash.
    if (unit < 0x20 || unit > 0x7e || unit === 0x22 || unit === 0x5c) return false;
  }
  return true;
}

function escapeUnits(text: string): string {
  // Without the flag `u` a match is one UTF-16 unit. JSON.stringify writes the short escapes of ASCII characters.
  return text.replace(/[^ !#-[\]-~]/g, (unit) =>
    unit > "~" ? `\\u${(0x10000 + unit.charCodeAt(0)).toString(16).slice(1)}` : JSON.stringify(unit).slice(1, -1),
  );
}
