// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are source code

/** @param {string} condition which keys to drop */
const drop = (condition) => ({
  replace: /** @type {const} */ ([
    "Object.keys(container)",
    `Object.keys(container).filter((key) => Array.isArray(container) || !(${condition}))`,
  ]),
});

/** @param {string} comparator the wrong order of keys */
const order = (comparator) => ({ replace: /** @type {const} */ (["compareCodePoints", comparator]) });

/** @param {string} value the key to compare instead, as an expression in `key` */
const compareBy = (value) => order(`(a, b) => ((of) => compareCodePoints(of(a), of(b)))((key) => ${value})`);

/** @param {string} name @param {string} description @param {string} condition */
const dropped = (name, description, condition) => ({ name, description, mark: "list-keys", edit: drop(condition) });

/** @param {string} name @param {string} description @param {ReturnType<typeof order>} edit */
const sorted = (name, description, edit) => ({ name, description, mark: "sort-keys", edit });

/** Wrong treatment of keys. @type {readonly import("./mutant.mjs").DescribedMutant[]} */
export const KEYS = [
  dropped("type-tag-dropped", "drops the key $type, like Json.NET", 'key === "$type"'),
  dropped("reference-dropped", "drops the key $ref, like Jackson with references", 'key === "$ref"'),
  dropped("id-tag-dropped", "drops the key $id, like Json.NET", 'key === "$id"'),
  dropped("id-dropped", "drops the key id", 'key === "id"'),
  dropped("type-dropped", "drops the key type", 'key === "type"'),
  dropped("underscore-id-dropped", "drops the key _id, like a MongoDB mapper", 'key === "_id"'),
  dropped("at-type-dropped", "drops the key @type, like JSON-LD", 'key === "@type"'),
  dropped("typename-dropped", "drops the key __typename, like a GraphQL client", 'key === "__typename"'),
  dropped("dollar-keys-dropped", "drops all keys that start with a dollar sign", 'key.startsWith("$")'),
  dropped("private-keys-dropped", "drops keys that start with an underscore", 'key.startsWith("_")'),
  dropped("constructor-dropped", "drops the key constructor", 'key === "constructor"'),
  dropped("key-limit", "drops keys of more than 255 characters", "key.length > 255"),
  sorted("first-48-characters", "compares only the first 48 characters of keys", compareBy("key.slice(0, 48)")),
  sorted("first-64-characters", "compares only the first 64 characters of keys", compareBy("key.slice(0, 64)")),
  sorted("first-256-characters", "compares only the first 256 characters of keys", compareBy("key.slice(0, 256)")),
  sorted("first-character", "compares only the first character of keys", compareBy("key.slice(0, 1)")),
  sorted("case-insensitive-sort", "sorts keys without regard to case", compareBy("key.toLowerCase()")),
  sorted("normalized-sort", "sorts keys by their NFC form", compareBy('key.normalize("NFC")')),
  sorted("trimmed-sort", "sorts keys without surrounding white space", compareBy("key.trim()")),
  sorted("escaped-sort", "sorts keys by their escaped text", compareBy("quote(key)")),
  sorted(
    "byte-sort",
    "sorts keys by UTF-16 bytes in little-endian order",
    compareBy('Buffer.from(key, "utf16le").toString("latin1")'),
  ),
  sorted(
    "shorter-first",
    "sorts shorter keys first",
    order("(a, b) => a.length - b.length || compareCodePoints(a, b)"),
  ),
  sorted("reverse-sort", "sorts keys in descending order", order("(a, b) => compareCodePoints(b, a)")),
  sorted(
    "sort-up-to-500",
    "leaves objects with more than 500 keys unsorted",
    order("keys.length > 500 ? () => 0 : compareCodePoints"),
  ),
  sorted(
    "sort-up-to-1024",
    "leaves objects with more than 1,024 keys unsorted",
    order("keys.length > 1024 ? () => 0 : compareCodePoints"),
  ),
  sorted(
    "two-keys-unsorted",
    "does not sort objects with two keys",
    order("keys.length === 2 ? () => 0 : compareCodePoints"),
  ),
  sorted(
    "unsorted-at-depth-17",
    "does not sort keys in the 17th nested container",
    order("this.open.length === 16 ? () => 0 : compareCodePoints"),
  ),
  sorted(
    "unsorted-at-depth-40",
    "does not sort keys in the 40th nested container",
    order("this.open.length === 39 ? () => 0 : compareCodePoints"),
  ),
  sorted(
    "unsorted-at-depth-64",
    "does not sort keys in the 64th nested container",
    order("this.open.length === 63 ? () => 0 : compareCodePoints"),
  ),
  sorted(
    "unsorted-below-depth-8",
    "sorts keys only in the first eight nested containers",
    order("this.open.length >= 8 ? () => 0 : compareCodePoints"),
  ),
  {
    name: "steps-amid-a-pair",
    description: "compares units, and treats every unit after a high surrogate as its second half",
    mark: "compare-keys",
    edit: {
      replace: [
        "[Array.from(left), Array.from(right)]",
        "[left, right].map((key) => key.match(/[\\ud800-\\udbff][^]|[^]/g) ?? [])",
      ],
    },
    also: [
      {
        mark: "compare-points",
        edit: {
          with: "const [x, y] = [a, b].map((units) => units[index].length === 2 ? 0x10000 + ((units[index].charCodeAt(0) & 0x3ff) << 10) + (units[index].charCodeAt(1) & 0x3ff) : units[index].charCodeAt(0)); const difference = x - y;",
        },
      },
    ],
  },
  {
    name: "surrogates-last",
    description: "sorts lone surrogates after all other characters, as if they were halves of pairs",
    mark: "compare-points",
    edit: {
      with: "const [x, y] = [a, b].map((points) => { const point = points[index].codePointAt(0); return point >= 0xd800 && point < 0xe000 ? point + 0x10000 : point; }); const difference = x - y;",
    },
  },
  {
    name: "keys-cut-at-63",
    description: "cuts keys to 63 characters, like identifiers of PostgreSQL",
    mark: "colon",
    edit: { replace: ["quote(key)", "quote(key.slice(0, 63))"] },
  },
  {
    name: "keys-cut-at-255",
    description: "cuts keys to 255 characters",
    mark: "colon",
    edit: { replace: ["quote(key)", "quote(key.slice(0, 255))"] },
  },
  {
    name: "keys-trimmed",
    description: "trims keys",
    mark: "colon",
    edit: { replace: ["quote(key)", "quote(key.trim())"] },
  },
  {
    name: "keys-camel-case",
    description: "writes accountId for account_id",
    mark: "colon",
    edit: { replace: ["quote(key)", "quote(key.replace(/(?<=[a-z])_[a-z]/g, ([, letter]) => letter.toUpperCase()))"] },
  },
  {
    name: "raw-keys",
    description: "does not escape keys",
    mark: "colon",
    edit: { replace: ["quote(key)", '`"${key}"`'] },
  },
];
