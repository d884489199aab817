import { type Document, isMap, isPair, LineCounter, parseDocument, visit } from "yaml";
import { refuseDeep } from "./depth.js";
import { problem, step } from "./references.js";

/** Maximum number of values that the aliases of a document can stand for. Protects against exponential expansion. */
const MAX_ALIASES = 10_000;

/** Values that YAML 1.1 and 1.2 read differently. */
const AMBIGUOUS: readonly RegExp[] = [
  // A boolean in 1.1, a string in 1.2.
  /^(yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/,
  // An octal or binary number in 1.1.
  /^[-+]?0(b[01_]+|[0-7_]+)$/,
  // A number with separators, or in base 60, in 1.1.
  /^[-+]?\d[\d_]*(_[\d_]*|(:[0-5]?\d)+)(\.[\d_]*)?$/,
  // A number in 1.2 only.
  /^([-+]?\d+(\.\d*)?[eE]\d+|0o[0-7]+)$/,
];

/** Members that do not change the generated code. */
const UNUSED_MEMBERS = new Set(["info", "servers", "tags", "externalDocs", "bindings", "example", "examples"]);

/** Members whose value is always text. */
const TEXT_MEMBERS = new Set(["description", "summary", "title", "name", "required"]);

/** Members whose own members have names that the author of the document chooses. */
const MAPS_BY_NAME = new Set([
  ...["properties", "patternProperties", "definitions", "$defs", "parameters"],
  ...["channels", "operations", "messages", "schemas"],
]);

/**
 * Parses JSON or YAML. YAML is read as version 1.2 with the merge keys (`<<`) of version 1.1, and as version 1.1 if it has the
 * directive `%YAML 1.1`. Keys are strings.
 *
 * @throws CodegenError with line and column if the text is neither JSON nor YAML, has a key twice, or has a value that the
 * versions of YAML read differently
 */
export function parse(text: string): unknown {
  refuseDeep(text);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return parseYaml(text);
  }
  refuseRepeatedKeys(text);
  return json;
}

function parseYaml(text: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, merge: true, stringKeys: true });
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  const [error] = document.errors;
  if (error?.code === "MULTIPLE_DOCS") {
    throw problem("", `This file contains several YAML documents, the second at ${at(error.pos[0])}: keep one`);
  }
  const [message = ""] = error?.message.split("\n") ?? [];
  if (error?.code === "DUPLICATE_KEY") throw problem("", `This document has a key twice: ${at(error.pos[0])}`);
  if (error) throw problem("", `This is neither JSON nor YAML: ${at(error.pos[0])}: ${message}`);
  const unknownTag = document.warnings.find(({ code }) => code === "TAG_RESOLVE_FAILED");
  if (unknownTag) {
    throw problem("", `This YAML has an unknown tag, ${at(unknownTag.pos[0])}: ${unknownTag.message.split("\n")[0]}`);
  }
  if (document.schema?.name !== "yaml-1.1") refuseAmbiguous(document, at);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw problem("", `This YAML cannot be read: ${(error as Error).message}`);
  }
  refuseNonJson(value, "", new Set(), new Set());
  return value;
}

/** Refuses values that a server with a parser of YAML 1.1 reads differently. */
function refuseAmbiguous(document: Document, at: (offset: number) => string): void {
  visit(document, {
    Pair(_, { key, value }, path) {
      const parent = path.at(-2);
      if (isPair(parent) && MAPS_BY_NAME.has(String(parent.key))) return undefined;
      const isText = TEXT_MEMBERS.has(String(key)) && !isMap(value);
      return isText || UNUSED_MEMBERS.has(String(key)) ? visit.SKIP : undefined;
    },
    Scalar(position, { type, source = "", range }) {
      if (position === "key" || type !== "PLAIN") return;
      if (!AMBIGUOUS.some((pattern) => pattern.test(source))) return;
      const remedy = "quote it if it is a string, otherwise write it as in JSON";
      throw problem("", `YAML 1.1 and 1.2 read ${source} differently, ${at(range?.[0] ?? 0)}: ${remedy}`);
    },
  });
}

/**
 * Refuses values that JSON does not have, such as infinity and the dates of YAML 1.1, and aliases to a part that contains them.
 *
 * @param open the values that contain this one
 * @param done the values that are known to be valid: aliases share them
 */
function refuseNonJson(value: unknown, at: string, open: Set<unknown>, done: Set<unknown>): void {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return;
  const prototype = typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== Array.prototype) {
    throw problem(at, `${value instanceof Date ? value.toISOString() : String(value)} is not a JSON value: quote it`);
  }
  if (open.has(value)) throw problem(at, "This YAML alias leads back to a part that contains it: use a $ref");
  if (done.has(value)) return;
  open.add(value);
  for (const [name, member] of Object.entries(value as object)) refuseNonJson(member, at + step(name), open, done);
  open.delete(value);
  done.add(value);
}

/** Refuses an object with a key twice, of which `JSON.parse` keeps the last. Not with a regular expression: a long text overflows it. */
function refuseRepeatedKeys(json: string): void {
  const open: Set<string>[] = [];
  const colon = /\s*:/y;
  for (let index = 0; index < json.length; index++) {
    const unit = json[index];
    if (unit === "{") open.push(new Set());
    else if (unit === "}") open.pop();
    if (unit !== '"') continue;
    const start = index++;
    while (json[index] !== '"') index += json[index] === "\\" ? 2 : 1;
    colon.lastIndex = index + 1;
    if (!colon.test(json)) continue;
    const key: string = JSON.parse(json.slice(start, index + 1));
    const keys = open.at(-1);
    if (keys?.has(key)) {
      const line = json.slice(0, start).split("\n").length;
      throw problem("", `This document has the key ${JSON.stringify(key)} twice: line ${line}`);
    }
    keys?.add(key);
  }
}
