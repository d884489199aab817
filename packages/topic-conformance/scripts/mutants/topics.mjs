// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are source code

const GRAMMAR = "/^[A-Za-z0-9][A-Za-z0-9._-]*$/";

/** @param {string} name @param {string} description @param {string} grammar a regular expression for route names */
const route = (name, description, grammar) => ({
  name,
  description,
  mark: "check-route",
  edit: { replace: /** @type {const} */ ([GRAMMAR, grammar]) },
});

/** @param {string} name @param {string} description @param {string} condition of `route`, which is refused */
const refused = (name, description, condition) => ({
  name,
  description,
  mark: "check-route",
  edit: {
    with: `if (${condition} || !${GRAMMAR}.test(route)) throw new TopicError("invalid_route", "");`,
  },
});

/** @param {string} name @param {string} description @param {string} expression of `text`, which is parsed as canonical */
const lenient = (name, description, expression) => ({
  name,
  description,
  mark: "split-topic",
  edit: {
    with: `const [route, text] = [topic.slice(0, colon), ((text) => ${expression})(topic.slice(colon + 1))];`,
  },
});

/** Wrong treatment of routes and topics. @type {readonly import("./mutant.mjs").DescribedMutant[]} */
export const TOPICS = [
  route(
    "route-case-folded",
    "accepts letters that fold to ASCII, such as the Kelvin sign",
    "/^[a-z0-9][a-z0-9._-]*$/iu",
  ),
  route(
    "route-last-line",
    "accepts a line feed at the end of a route, like $ in Python",
    "/^[A-Za-z0-9][A-Za-z0-9._-]*\\n?$/",
  ),
  route(
    "route-carriage-return",
    "accepts a carriage return at the end of a route",
    "/^[A-Za-z0-9][A-Za-z0-9._-]*\\r?$/",
  ),
  route("route-tilde", "accepts a tilde in a route", "/^[A-Za-z0-9][A-Za-z0-9._~-]*$/"),
  route("route-at", "accepts an at sign in a route", "/^[A-Za-z0-9][A-Za-z0-9._@-]*$/"),
  route("route-percent", "accepts a percent sign in a route", "/^[A-Za-z0-9][A-Za-z0-9._%-]*$/"),
  route("route-plus", "accepts a plus sign in a route", "/^[A-Za-z0-9][A-Za-z0-9._+-]*$/"),
  route("route-comma-range", "accepts a comma in a route: the dash is a range", "/^[A-Za-z0-9][A-Za-z0-9_+-.]*$/"),
  route("route-any-digit", "accepts digits of all scripts", "/^[A-Za-z\\p{Nd}][A-Za-z\\p{Nd}._-]*$/u"),
  route(
    "route-later-digits",
    "accepts digits of all scripts after the first character",
    "/^[A-Za-z0-9][A-Za-z\\p{Nd}._-]*$/u",
  ),
  route("route-caret-range", "accepts the characters between Z and a", "/^[A-Za-z0-9][A-z0-9.-]*$/"),
  route("route-tab", "accepts white space within a route", "/^[A-Za-z0-9](?:[A-Za-z0-9._\\s-]*[A-Za-z0-9._-])?$/"),
  route("route-letter-first", "refuses a route that begins with a digit", "/^[A-Za-z][A-Za-z0-9._-]*$/"),
  route("route-lower-case", "refuses upper-case letters in a route", "/^[a-z0-9][a-z0-9._-]*$/"),
  route("route-two-characters", "refuses a route of one character", "/^[A-Za-z0-9][A-Za-z0-9._-]+$/"),
  refused("route-two-dots", "refuses two dots in a row, as if the route were a path", 'route.includes("..")'),
  refused("route-two-dashes", "refuses two dashes in a row", 'route.includes("--")'),
  refused("route-of-64", "refuses routes of more than 64 characters", "route.length > 64"),
  refused("route-of-254", "refuses routes of more than 254 characters", "route.length > 254"),
  refused("route-of-256", "refuses routes of more than 256 characters", "route.length > 256"),
  {
    name: "route-trimmed",
    description: "trims the route",
    mark: "build-topic",
    edit: { replace: ["${route}", "${route.trim()}"] },
    also: [{ mark: "check-route", edit: { replace: [".test(route)", ".test(route.trim())"] } }],
  },
  {
    name: "route-lower-cased",
    description: "writes routes in lower case",
    mark: "build-topic",
    edit: { replace: ["${route}", "${route.toLowerCase()}"] },
  },
  {
    name: "space-after-route",
    description: "writes a space after the colon of the topic",
    mark: "build-topic",
    edit: { replace: [":${build", ": ${build"] },
  },
  lenient("parse-trailing-nul", "ignores NUL at the end of a topic, like C", 'text.replace(/\\0+$/, "")'),
  lenient("parse-byte-order-mark", "ignores a byte order mark before the parameters", 'text.replace(/^\\ufeff/, "")'),
  lenient("parse-trimmed", "ignores white space around the parameters", "text.trim()"),
  lenient("parse-last-character", "ignores a semicolon at the end of a topic", 'text.replace(/;$/, "")'),
  lenient("parse-slashes", "accepts escaped slashes", 'text.replaceAll("\\\\/", "/")'),
  lenient(
    "parse-upper-case-hex",
    "accepts escapes with upper-case hex digits",
    "text.replace(/\\\\u[0-9A-F]{4}/g, (escape) => escape.toLowerCase())",
  ),
  lenient("parse-comment", "ignores a comment after the parameters", 'text.replace(/\\/\\/.*$/, "")'),
  lenient("parse-del", "accepts DEL without an escape", 'text.replaceAll("\\x7f", "\\\\u007f")'),
  lenient("parse-plus-exponent", "accepts an exponent without its sign", 'text.replace(/(\\d)e(\\d)/g, "$1e+$2")'),
  lenient("parse-null", "accepts null for the empty string", "text.replace(/(?<=[:,[]|^)null(?=[,\\]}]|$)/g, '\"\"')"),
  {
    name: "parse-any-route",
    description: "does not check the route when it parses a topic",
    mark: "parse-route",
    edit: "remove",
  },
];
