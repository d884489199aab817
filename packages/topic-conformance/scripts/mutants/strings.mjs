// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are source code

/** @param {string} expression the text to write instead, as an expression in `text` */
const written = (expression) => ({ replace: /** @type {const} */ (["quote(text)", `quote(${expression})`]) });

/** @param {string} name @param {string} description @param {string} expression */
const changed = (name, description, expression) => ({
  name,
  description,
  mark: "write-string",
  edit: written(expression),
});

/** @param {string} name @param {string} description @param {string} characters a part of a class that is not escaped */
const raw = (name, description, characters) => ({
  name,
  description,
  mark: "escape",
  edit: { replace: /** @type {const} */ (["/[^ !#-[\\]-~]/g", `/[^ !#-[\\]-~${characters}]/g`]) },
});

/** @param {string} name @param {string} description @param {string} change applied to the finished text */
const afterwards = (name, description, change) => ({
  name,
  description,
  mark: "join",
  edit: { replace: /** @type {const} */ (['join("")', `join("")${change}`]) },
});

/** @param {number} units */
const inChunks = (units) =>
  changed(
    `chunks-of-${units}`,
    `encodes strings in chunks of ${units} UTF-16 units, which breaks surrogate pairs at the end of a chunk`,
    `Array.from({ length: Math.ceil(text.length / ${units}) }, (_, chunk) => text.slice(chunk * ${units}, (chunk + 1) * ${units})).map((chunk, index, { length }) => (length > 1 ? Buffer.from(chunk).toString() : chunk)).join("")`,
  );

/** Wrong treatment of strings. @type {readonly import("./mutant.mjs").DescribedMutant[]} */
export const STRINGS = [
  afterwards(
    "separators-replaced",
    "removes the space after commas and colons from the finished text, in strings too",
    '.replaceAll(", ", ",").replaceAll(": ", ":")',
  ),
  afterwards(
    "comma-space-replaced",
    "removes the space after commas from the finished text, in strings too",
    '.replaceAll(", ", ",")',
  ),
  afterwards(
    "colon-space-replaced",
    "removes the space after colons from the finished text, in strings too",
    '.replaceAll(": ", ":")',
  ),
  afterwards("spaces-collapsed", "collapses spaces in the finished text", '.replace(/ +/g, " ")'),
  afterwards("spaces-removed", "removes all spaces from the finished text", '.replaceAll(" ", "")'),
  afterwards("tildes-escaped", "escapes the tilde", '.replaceAll("~", "\\\\u007e")'),
  afterwards("html-escaped", "escapes < and > and &, like Go", ".replace(/[<>&]/g, (unit) => escapeUnit(unit))"),
  afterwards("apostrophe-escaped", "escapes the apostrophe, like System.Text.Json", '.replaceAll("\'", "\\\\u0027")'),
  afterwards(
    "plus-escaped",
    "escapes the plus sign in strings, like System.Text.Json",
    '.replace(/\\+(?!\\d)/g, "\\\\u002b")',
  ),
  afterwards("grave-escaped", "escapes the grave accent", '.replaceAll("`", "\\\\u0060")'),
  ...[
    /** @type {const} */ (["null-in-object-replaced", "after a colon", "(?<=:)null(?=[,}])"]),
    /** @type {const} */ (["null-in-array-replaced", "between brackets and commas", "(?<=[[,])null(?=[,\\]])"]),
  ].map(([name, where, pattern]) => ({
    name,
    description: `writes null, and replaces it ${where} in the finished text, in strings too`,
    mark: "join",
    edit: { replace: /** @type {const} */ (['join("")', `join("").replace(/${pattern}/g, '""')`]) },
  })),
  changed("strings-cut-at-8191", "cuts strings to 8,191 characters", "text.slice(0, 8191)"),
  changed("strings-cut-at-4096", "cuts strings to 4,096 characters", "text.slice(0, 4096)"),
  changed(
    "strings-cut-at-65535",
    "cuts strings to 65,535 characters, like modified UTF-8 in Java",
    "text.slice(0, 65535)",
  ),
  changed("strings-cut-at-nul", "cuts strings at NUL, like C", 'text.split("\\0")[0]'),
  inChunks(1000),
  inChunks(1024),
  inChunks(4096),
  inChunks(8192),
  inChunks(16384),
  inChunks(32768),
  inChunks(65536),
  changed(
    "dates-with-milliseconds",
    "writes the milliseconds of a date in a string, like JSON.stringify of a Date",
    "/^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$/.test(text) ? new Date(text).toISOString() : text",
  ),
  changed(
    "dates-without-milliseconds",
    "drops milliseconds of 0 from a date in a string, like java.time",
    'text.replace(/(T\\d\\d:\\d\\d:\\d\\d)\\.0+(?=Z)/, "$1")',
  ),
  changed(
    "dates-with-zulu",
    "writes Z for +00:00 in a date in a string",
    'text.replace(/(T\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?)\\+00:00$/, "$1Z")',
  ),
  changed(
    "dates-in-utc",
    "converts a date with an offset in a string to UTC, like Json.NET",
    "/^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d$/.test(text) ? new Date(text).toISOString() : text",
  ),
  changed(
    "dates-with-time",
    "writes a date without a time with the time 0:00",
    "/^\\d{4}-\\d\\d-\\d\\d$/.test(text) ? `${text}T00:00:00` : text",
  ),
  changed(
    "lower-case-uuids",
    "writes UUIDs in lower case",
    "/^[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}$/i.test(text) ? text.toLowerCase() : text",
  ),
  changed("line-ends-unified", "writes LF for CRLF", 'text.replaceAll("\\r\\n", "\\n")'),
  changed("byte-order-mark-dropped", "drops a leading byte order mark", 'text.replace(/^\\ufeff/, "")'),
  changed(
    "escapes-decoded",
    "decodes \\u escapes in strings",
    "text.replace(/\\\\u([0-9a-f]{4})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))",
  ),
  changed("entities-decoded", "decodes &amp; in strings", 'text.replaceAll("&amp;", "&")'),
  changed("percent-decoded", "decodes %20 in strings", 'text.replaceAll("%20", " ")'),
  changed("compatibility-forms", "normalizes strings to NFKC", 'text.normalize("NFKC")'),
  changed("decomposed", "normalizes strings to NFD", 'text.normalize("NFD")'),
  changed("lower-cased", "writes strings in lower case", "text.toLowerCase()"),
  {
    name: "numeric-strings-as-numbers",
    description: "writes strings of digits as numbers",
    mark: "write-string",
    edit: { replace: ["quote(text)", "/^\\d+$/.test(text) ? text : quote(text)"] },
  },
  {
    name: "words-as-literals",
    description: 'writes the strings "true" and "false" as booleans',
    mark: "write-string",
    edit: { replace: ["quote(text)", "/^(true|false)$/.test(text) ? text : quote(text)"] },
  },
  {
    name: "empty-strings-as-null",
    description: "writes empty strings as null",
    mark: "write-string",
    edit: { replace: ["quote(text)", 'text === "" ? "null" : quote(text)'] },
  },
  raw("raw-latin-1", "does not escape the characters of Latin-1", "\\xa0-\\xff"),
  raw("raw-latin-extended", "does not escape the characters of U+01xx", "\\u0100-\\u01ff"),
  raw("raw-greek", "does not escape the characters of U+03xx", "\\u0300-\\u03ff"),
  raw("raw-tibetan", "does not escape the characters of U+0Fxx", "\\u0f00-\\u0fff"),
  raw("raw-cherokee", "does not escape the characters of U+13xx", "\\u1300-\\u13ff"),
  raw("raw-punctuation", "does not escape the characters of U+2Exx", "\\u2e00-\\u2eff"),
  raw("raw-ideographs", "does not escape the characters of U+8Axx", "\\u8a00-\\u8aff"),
  raw("raw-hangul", "does not escape the characters of U+C5xx", "\\uc500-\\uc5ff"),
  raw("raw-private-use", "does not escape the characters of U+E8xx", "\\ue800-\\ue8ff"),
  raw("raw-presentation-forms", "does not escape the characters of U+FCxx", "\\ufc00-\\ufcff"),
  {
    name: "raw-plane-3",
    description: "does not escape the characters of the third supplementary plane",
    mark: "escape",
    edit: { replace: ["/[^ !#-[\\]-~]/g", "/[\\ud880-\\ud8bf][\\udc00-\\udfff]|[^ !#-[\\]-~]/g"] },
    also: [
      {
        mark: "hex-digits",
        edit: {
          with: "if (unit.length === 2) return unit; return `\\\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;",
        },
      },
    ],
  },
  {
    name: "raw-last-plane",
    description: "does not escape the characters from U+100000",
    mark: "escape",
    edit: { replace: ["/[^ !#-[\\]-~]/g", "/[\\udbc0-\\udbff][\\udc00-\\udfff]|[^ !#-[\\]-~]/g"] },
    also: [
      {
        mark: "hex-digits",
        edit: {
          with: "if (unit.length === 2) return unit; return `\\\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;",
        },
      },
    ],
  },
  {
    name: "three-hex-digits",
    description: "writes three hex digits for the characters U+0100 to U+0FFF",
    mark: "hex-digits",
    edit: { replace: ['padStart(4, "0")', 'padStart(unit >= "\\u0100" ? 3 : 4, "0")'] },
  },
];
