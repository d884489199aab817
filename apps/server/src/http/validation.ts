import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { $ZodObject, safeParse } from "zod/v4/core";
import { Problem } from "./problem.js";

type Schema = z.core.$ZodType;
type Issue = z.core.$ZodIssue;

/** Maximum number of characters of an invalid value that an error message repeats. */
const MAX_VALUE_LENGTH = 80;

/** Names of a request's parts that differ from Fastify's. */
const PARTS: Readonly<Record<string, string>> = { querystring: "query", params: "path" };

/**
 * Validates requests against their zod schemas. The first issue becomes a problem that names the member, its value and
 * what is expected.
 */
export const validatorCompiler: FastifySchemaCompiler<Schema> =
  ({ schema, httpPart = "body" }) =>
  (data) => {
    const part = PARTS[httpPart] ?? httpPart;
    const result = parseSafely(schema, data);
    if (result?.success) return { value: result.data };
    const detail = result
      ? explain(result.error.issues[0] as Issue, data, part)
      : explainUnreadable(schema, data, part);
    return { error: new Problem(400, detail, `invalid_${part}`) };
  };

/**
 * Parses a value. Unlike `safeParse`, it does not throw for any value of a client: zod compares the `length` of whatever it
 * gets, and that of `{"length":{"toString":0}}` cannot be converted to a number.
 *
 * @returns undefined if the value made the schema throw
 */
function parseSafely(schema: Schema, data: unknown) {
  try {
    return safeParse(schema, data);
  } catch {
    return undefined;
  }
}

/** Explains a value for which the schema threw, and names the member if the value is an object. */
function explainUnreadable(schema: Schema, data: unknown, part: string): string {
  const members = schema instanceof $ZodObject ? Object.entries(schema._zod.def.shape as Record<string, Schema>) : [];
  const memberOf = (name: string) => (data as Record<string, unknown> | null)?.[name];
  const [name = part] = members.find(([member, of]) => parseSafely(of, memberOf(member)) === undefined) ?? [];
  return `Invalid ${name} ${shown(name === part ? data : memberOf(name))}: expected the documented type.`;
}

function explain({ path, message }: Issue, data: unknown, part: string): string {
  const name = path.length === 0 ? part : path.map(String).join(".");
  let value = data;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step];
  const problem = value === undefined ? `Missing ${name}` : `Invalid ${name} ${shown(value)}`;
  // Zod's messages begin with "Invalid input: " or similar, which this message already states.
  const expected = message.replace(/^(?:Invalid|Too|Unrecognized) [a-z ]+: /, "");
  return `${problem}: ${expected}.`.replace(/\.\.$/, ".");
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "(a list)";
  if (typeof value === "object" && value !== null) return "(an object)";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
}
