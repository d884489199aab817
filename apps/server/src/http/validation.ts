import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { safeParse } from "zod/v4/core";
import { Problem } from "./problem.js";

type Schema = z.core.$ZodType;
type Issue = z.core.$ZodIssue;

/** Characters of a wrong value that are told back. */
const MAX_VALUE_LENGTH = 80;

/** What the parts of a request are called; fastify's own names are another framework's. */
const PARTS: Readonly<Record<string, string>> = { querystring: "query", params: "path" };

/** Holds requests to their zod schemas: the first thing wrong is a problem that names it, its value and what is allowed. */
export const validatorCompiler: FastifySchemaCompiler<Schema> =
  ({ schema, httpPart = "body" }) =>
  (data) => {
    const result = safeParse(schema, data);
    if (result.success) return { value: result.data };
    const part = PARTS[httpPart] ?? httpPart;
    return { error: new Problem(400, explain(result.error.issues[0] as Issue, data, part), `invalid_${part}`) };
  };

function explain({ path, message }: Issue, data: unknown, part: string): string {
  const name = path.length === 0 ? `The ${part}` : path.map(String).join(".");
  let value = data;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step];
  const is = value === undefined ? "is missing" : `is ${told(value)}`;
  // Zod's own texts say first that the value is wrong.
  const wanted = message.replace(/^(?:Invalid|Too|Unrecognized) [a-z ]+: /, "");
  return `${name} ${is}: ${wanted}.`.replace(/\.\.$/, ".");
}

function told(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
}
