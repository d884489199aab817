import { pointerStep, preview, refusal, TopicError } from "./errors.js";
import { isPlain, MAX_LENGTH, quote, sortByCodePoint } from "./quote.js";
import { assertRouteName } from "./topic.js";

/**
 * One route parameter as plain data: what is left of its schema when only the topic matters. Enums hold strings or
 * safe integers; a nullable field reads `""` as null, since both make one topic.
 */
export type Field =
  | "string"
  | "int"
  | "boolean"
  | { readonly enum: readonly (string | number)[] }
  | { readonly nullable: Field }
  | { readonly array: Field }
  | { readonly object: Fields };

/** The parameters of a route, by name. All are required. */
export interface Fields {
  readonly [name: string]: Field;
}

/** The canonical text of a value that fits, undefined for one that does not. */
type Writer = (value: unknown) => string | undefined;

/**
 * Makes the builder of one route's topics, specialised to its sorted keys without evaluating code (many pages' CSP
 * forbids it).
 *
 * The builder checks each kind while it writes, reads own and inherited members alike, ignores unknown keys and throws
 * a `TopicError` (`missing`, `invalid_params`, `lone_surrogate`, `too_long`, `unreadable`) that names the first
 * offending field.
 */
export function compileTopic(route: string, fields: Fields): (params: unknown) => string {
  assertRouteName(route);
  const write = compileObject(fields, `${route}:`);
  return (params) => {
    try {
      const topic = write(params);
      if (topic === undefined) throw explain({ object: fields }, params, "", route);
      if (topic.length - route.length - 1 > MAX_LENGTH) throw refusal("too_long", "", params, "use shorter values");
      return topic;
    } catch (error) {
      throw asRefusal(error, params);
    }
  };
}

/** What came out of reading a value: a refusal as it is, anything else (a getter's, a proxy's) as one. */
export function asRefusal(error: unknown, value: unknown): TopicError {
  return error instanceof TopicError ? error : refusal("unreadable", "", value, "use plain data", error);
}

function compile(field: Field): Writer {
  if (field === "string") return writeString;
  if (field === "int") return (value) => (Number.isSafeInteger(value) ? String(value) : undefined);
  if (field === "boolean") return (value) => (typeof value === "boolean" ? String(value) : undefined);
  if ("enum" in field) return compileEnum(field.enum);
  if ("nullable" in field) {
    const inner = compile(field.nullable);
    return (value) => (value === null || value === "" ? '""' : inner(value));
  }
  return "array" in field ? compileArray(field.array) : compileObject(field.object, "");
}

function writeString(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  if (isPlain(value)) return `"${value}"`;
  return isTorn(value) ? undefined : quote(value);
}

/** Whether half a surrogate pair stands alone: with the `u` flag, only such a unit is a code point of that category. */
function isTorn(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

function compileEnum(values: readonly (string | number)[]): Writer {
  const texts = new Map<unknown, string>(
    values.map((value) => [value, typeof value === "string" ? quote(value) : String(value)]),
  );
  return (value) => texts.get(value);
}

function compileArray(item: Field): Writer {
  const write = compile(item);
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    let text = "[";
    for (let index = 0; index < value.length; index++) {
      const part = write(value[index]);
      if (part === undefined) return undefined;
      text += index === 0 ? part : `,${part}`;
      if (text.length > MAX_LENGTH) throw refusal("too_long", "", value, "use a shorter list");
    }
    return `${text}]`;
  };
}

/** `lead` is written before the opening brace, so that a route's name costs no step of its own. */
function compileObject(fields: Fields, lead: string): Writer {
  const names = Object.keys(fields);
  sortByCodePoint(names);
  const writers = names.map((name) => compile(fields[name] as Field));
  const leads = names.map((name, index) => `${index === 0 ? `${lead}{` : ","}${quote(name)}:`);
  const count = names.length;
  return (value) => {
    if (!isMembers(value)) return undefined;
    if (count === 0) return `${lead}{}`;
    let text = "";
    for (let index = 0; index < count; index++) {
      const part = (writers[index] as Writer)(value[names[index] as string]);
      if (part === undefined) return undefined;
      text += (leads[index] as string) + part;
    }
    return `${text}}`;
  };
}

/**
 * What is done with parameters before a schema or a check sees them. The builder comes first: it stops at the first value
 * that does not fit, which it names better than a schema can.
 */
export function paramsReader(fields: Fields, buildTopic: (params: unknown) => string): (params: unknown) => unknown {
  const shape = { object: fields };
  const nullable = hasNullable(shape);
  return (params) => {
    buildTopic(params);
    return nullable ? nullsOf(shape, params) : params;
  };
}

/**
 * The parameters with `""` read as null in every nullable field, before a schema sees them: both make one topic, so they
 * must be one subscription. Takes what a builder has accepted, and keeps its known members only.
 */
function nullsOf(field: Field, value: unknown): unknown {
  if (typeof field === "string" || "enum" in field) return value;
  if ("nullable" in field) return value === "" || value === null ? null : nullsOf(field.nullable, value);
  if ("array" in field) return (value as unknown[]).map((item) => nullsOf(field.array, item));
  const read = ([name, inner]: [string, Field]) => [name, nullsOf(inner, (value as Record<string, unknown>)[name])];
  return Object.fromEntries(Object.entries(field.object).map(read));
}

/** Whether `nullsOf` could change anything. */
function hasNullable(field: Field): boolean {
  if (typeof field === "string" || "enum" in field) return false;
  if ("nullable" in field) return true;
  return "array" in field ? hasNullable(field.array) : Object.values(field.object).some(hasNullable);
}

/** The error of the first value that does not fit. Runs only after a builder has refused, so that builders carry no path. */
function explain(field: Field, value: unknown, path: string, route: string): TopicError {
  const fail = (code: "missing" | "invalid_params" | "lone_surrogate", what: string) =>
    new TopicError(code, path, `${route}: ${path || "the parameters"} ${what} (${code})`);
  if (value === undefined) return fail("missing", `must be ${describeField(field)}, but is missing: all are required`);
  if (typeof field === "object" && "nullable" in field) return explain(field.nullable, value, path, route);
  if (typeof field === "object" && "array" in field && Array.isArray(value)) {
    const write = compile(field.array);
    const at = value.findIndex((item) => write(item) === undefined);
    return at === -1 ? changed(path, value) : explain(field.array, value[at], path + pointerStep(at), route);
  }
  if (typeof field === "object" && "object" in field && isMembers(value)) {
    for (const [name, inner] of Object.entries(field.object)) {
      const member = value[name];
      if (compile(inner)(member) === undefined) return explain(inner, member, path + pointerStep(name), route);
    }
    return changed(path, value);
  }
  if (typeof value === "string" && isTorn(value)) {
    return fail("lone_surrogate", "holds half a surrogate pair: send well-formed text");
  }
  return fail("invalid_params", `must be ${describeField(field)}, but is ${preview(value)}`);
}

/** Every part fits on a second look: the value is not the same each time it is read. */
function changed(path: string, value: unknown): TopicError {
  return refusal("unreadable", path, value, "use plain data, which does not change while it is read");
}

export function isMembers(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describeField(field: Field): string {
  if (field === "string") return "a string";
  if (field === "int") return "a safe integer";
  if (field === "boolean") return "a boolean";
  if ("enum" in field) return `one of ${field.enum.map((value) => JSON.stringify(value)).join(", ")}`;
  if ("nullable" in field) return `${describeField(field.nullable)} or null`;
  return "array" in field ? "an array" : "an object";
}
