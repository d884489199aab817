import { sortByCodePoint } from "./code-point-order.js";
import { asTopicError, pointerStep, preview, TopicError, valueError } from "./errors.js";
import { type Field, type Fields, isRecord } from "./fields.js";
import { isPlain, MAX_LENGTH, quote } from "./quote.js";
import { assertRouteName } from "./topic.js";

/** Returns the canonical text of a valid value, undefined for an invalid one. */
type Writer = (value: unknown) => string | undefined;

/**
 * Creates a function that builds one route's topics. It is specialised to the route's sorted keys, without evaluating
 * code, because the CSP of many pages forbids that.
 *
 * The function checks the type of each value while it writes, reads own and inherited properties, ignores unknown keys
 * and throws a `TopicError` (`missing`, `invalid_params`, `lone_surrogate`, `too_long`, `unreadable`) that names the
 * first invalid field.
 */
export function compileTopic(route: string, fields: Fields): (params: unknown) => string {
  assertRouteName(route);
  const write = compileObject(fields, `${route}:`);
  return (params) => {
    try {
      const topic = write(params);
      if (topic === undefined) throw explain({ object: fields }, params, "", route);
      if (topic.length - route.length - 1 > MAX_LENGTH) throw valueError("too_long", "", params, "use shorter values");
      return topic;
    } catch (error) {
      throw asTopicError(error, params);
    }
  };
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
  return hasLoneSurrogate(value) ? undefined : quote(value);
}

/** Whether the text has a lone surrogate. With the `u` flag, the two halves of a pair match as one code point. */
function hasLoneSurrogate(text: string): boolean {
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
      if (text.length > MAX_LENGTH) throw valueError("too_long", "", value, "use a shorter list");
    }
    return `${text}]`;
  };
}

/** @param prefix written before the opening brace, so that the route's name needs no separate step */
function compileObject(fields: Fields, prefix: string): Writer {
  const names = Object.keys(fields);
  sortByCodePoint(names);
  const writers = names.map((name) => compile(fields[name] as Field));
  const leads = names.map((name, index) => `${index === 0 ? `${prefix}{` : ","}${quote(name)}:`);
  const count = names.length;
  return (value) => {
    if (!isRecord(value)) return undefined;
    if (count === 0) return `${prefix}{}`;
    let text = "";
    for (let index = 0; index < count; index++) {
      const part = (writers[index] as Writer)(value[names[index] as string]);
      if (part === undefined) return undefined;
      text += (leads[index] as string) + part;
    }
    return `${text}}`;
  };
}

/** Creates the error of the first invalid value. Runs only after a builder has failed, so that builders track no path. */
function explain(field: Field, value: unknown, path: string, route: string): TopicError {
  const fail = (code: "missing" | "invalid_params" | "lone_surrogate", what: string) =>
    new TopicError(code, path, `${route}: ${path || "the parameters"} ${what} (${code})`);
  if (value === undefined)
    return fail("missing", `must be ${describeField(field)}, but is missing: all fields are required`);
  if (typeof field === "object" && "nullable" in field) return explain(field.nullable, value, path, route);
  if (typeof field === "object" && "array" in field && Array.isArray(value)) {
    const write = compile(field.array);
    const at = value.findIndex((item) => write(item) === undefined);
    return at === -1 ? changed(path, value) : explain(field.array, value[at], path + pointerStep(at), route);
  }
  if (typeof field === "object" && "object" in field && isRecord(value)) {
    for (const [name, inner] of Object.entries(field.object)) {
      const member = value[name];
      if (compile(inner)(member) === undefined) return explain(inner, member, path + pointerStep(name), route);
    }
    return changed(path, value);
  }
  if (typeof value === "string" && hasLoneSurrogate(value)) {
    return fail("lone_surrogate", "has a lone surrogate: use well-formed text");
  }
  return fail("invalid_params", `must be ${describeField(field)}, but is ${preview(value)}`);
}

/** Creates the error for a value whose parts are all valid on a second read: it changes between reads. */
function changed(path: string, value: unknown): TopicError {
  return valueError("unreadable", path, value, "use plain data, because this value changes between reads");
}

function describeField(field: Field): string {
  if (field === "string") return "a string";
  if (field === "int") return "a safe integer";
  if (field === "boolean") return "a boolean";
  if ("enum" in field) return `one of ${field.enum.map((value) => JSON.stringify(value)).join(", ")}`;
  if ("nullable" in field) return `${describeField(field.nullable)} or null`;
  return "array" in field ? "an array" : "an object";
}
