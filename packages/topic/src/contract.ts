import type * as core from "zod/v4/core";
import { pointerStep, preview, TopicError } from "./errors.js";
import type { Fields } from "./fields.js";
import { readFields } from "./read-fields.js";

/** One parameter that the contract does not allow: where it is, what it is, what to write instead. */
export interface Offence {
  /** JSON Pointer into the parameters, `""` for the schema itself. */
  readonly path: string;
  readonly problem: string;
}

/**
 * A route's parameters are off the contract. Lists every offending field, not only the first.
 *
 * The rules, and why they are narrow, stand in PROTOCOL.md under "Route parameters".
 */
export class ContractError extends TopicError {
  override readonly name = "ContractError";
  readonly route: string;
  readonly offences: readonly Offence[];

  constructor(route: string, offences: readonly Offence[]) {
    const list = offences.map(({ path, problem }) => `\n  ${path || "(parameters)"}: ${problem}`).join("");
    super("contract", offences[0]?.path ?? "", `Route "${route}" has parameters off the topic contract:${list}`);
    this.route = route;
    this.offences = offences;
  }
}

/**
 * What TypeScript can see of the allow-list: strings, ints, booleans, enums, literals, nullables, arrays and objects of
 * these. `coerce`, checks that rewrite and strict objects have no mark in their types, and are found at run time.
 */
export interface ParamSchema {
  readonly _zod: { readonly def: ParamDef; readonly output: unknown };
}

type ParamDef =
  | { readonly type: "string" | "boolean" | "enum" | "literal" }
  | { readonly type: "number"; readonly check: "number_format" }
  | { readonly type: "nullable"; readonly innerType: ParamSchema }
  | { readonly type: "array"; readonly element: ParamSchema }
  | ParamsDef;

interface ParamsDef {
  readonly type: "object";
  readonly shape: { readonly [name: string]: ParamSchema };
}

/** A schema that may describe a route's parameters: an object of {@link ParamSchema}. */
export interface ParamsSchema extends core.$ZodType<object> {
  readonly _zod: core.$ZodTypeInternals<object> & { readonly def: ParamsDef };
}

/**
 * The parameters' shape without zod, read off a schema that is held to the contract's allow-list.
 *
 * @throws ContractError that lists every offending field
 */
export function fieldsOf(route: string, schema: core.$ZodType): Fields {
  const check = new ContractCheck();
  check.look(schema, "");
  if (check.offences.length === 0 && schema._zod.def.type !== "object") {
    check.refuse("", "must be an object of named parameters: write z.object({ … })");
  }
  if (check.offences.length > 0) throw new ContractError(route, check.offences);
  return readFields(schema as ParamsSchema);
}

/** String formats whose check rewrites the value it accepts: `z.url()` trims. */
const REWRITING_FORMATS = new Set(["url"]);

const INTEGER_FORMATS = new Set(["safeint", "int32", "uint32"]);

/** Checks that look and leave the value alone. Any other may rewrite it, so it is refused. */
const READING_CHECKS = new Set([
  "min_length",
  "max_length",
  "length_equals",
  "string_format",
  "number_format",
  "greater_than",
  "less_than",
  "multiple_of",
  "describe",
  "meta",
]);

const REMEDIES: { readonly [type: string]: string } = {
  optional: "an optional field is the classic cause of two topics for one subscription: make it required or nullable",
  default: "a default makes two topics for one subscription: make the field required",
  prefault: "a default makes two topics for one subscription: make the field required",
  catch: "a fallback makes two topics for one subscription: remove .catch()",
  pipe: "a pipe or transform changes the value that the topic is built from: transform outside the route",
  transform: "a transform changes the value that the topic is built from: transform outside the route",
  union: "only null may be an alternative: write z.nullable(…), or an enum",
  bigint: "write z.int(), or a string",
  date: "write z.int() for Unix milliseconds, or a string",
  any: "write the field's type",
  unknown: "write the field's type",
  record: "write z.object({ … }) with named fields",
  tuple: "write an array, or an object with named fields",
};

class ContractCheck {
  readonly offences: Offence[] = [];
  /** The objects being looked at, since a getter in a shape may lead back to one of them. */
  private readonly open = new Set<core.$ZodType>();

  look(schema: core.$ZodType, path: string): undefined {
    const def = (schema as core.$ZodTypes | undefined)?._zod?.def;
    if (def === undefined) return this.refuse(path, `${preview(schema)} is no zod schema: write one, of zod 4`);
    this.lookAtChecks(schema, path);
    switch (def.type) {
      case "string":
      case "boolean":
        if (def.coerce) this.refuse(path, `coercion changes the value: write z.${def.type}()`);
        return;
      case "number":
        return this.lookAtNumber(def, path);
      case "enum":
      case "literal":
        return this.lookAtValues((schema as core.$ZodEnum | core.$ZodLiteral)._zod.values, path);
      case "nullable":
        return this.lookAtNullable(def.innerType, path);
      case "array":
        return this.look(def.element, `${path}/*`);
      case "object":
        return this.lookAtObject(schema as core.$ZodObject, path);
      default:
        this.refuse(path, `${def.type} is not allowed: ${REMEDIES[def.type] ?? "use an allowed type"}`);
    }
  }

  refuse(path: string, problem: string): undefined {
    this.offences.push({ path, problem });
  }

  private lookAtNumber(def: core.$ZodNumberDef & { format?: string }, path: string): undefined {
    if (def.coerce) return this.refuse(path, "coercion changes the value: write z.int()");
    if (def.format !== undefined && INTEGER_FORMATS.has(def.format)) return;
    this.refuse(path, "1 and 1.0 are one number to JavaScript and two topics to Python: write z.int(), or a string");
  }

  private lookAtValues(values: ReadonlySet<unknown>, path: string): undefined {
    for (const value of values) {
      const allowed = typeof value === "string" ? !/\p{Surrogate}/u.test(value) : Number.isSafeInteger(value);
      if (!allowed)
        return this.refuse(path, `${preview(value)} is not allowed: well-formed strings and safe integers are`);
    }
  }

  private lookAtNullable(inner: core.$ZodType, path: string): undefined {
    const before = this.offences.length;
    this.look(inner, path);
    if (this.offences.length > before) return;
    const { def, values } = inner._zod;
    if (def.type === "nullable") this.refuse(path, "is nullable twice: write it once");
    else if (values?.has("")) this.refuse(path, '"" and null make one topic: take "" out of the enum, or nullable off');
  }

  private lookAtObject(schema: core.$ZodObject, path: string): undefined {
    const { def } = schema._zod;
    if (def.catchall) {
      this.refuse(path, "both sides drop unknown keys: write z.object(), not a strict, loose or catch-all one");
    }
    if (this.open.has(schema)) return this.refuse(path, "contains itself: parameters have a fixed depth");
    this.open.add(schema);
    for (const [name, member] of Object.entries(def.shape)) {
      const at = path + pointerStep(name);
      if (name === "__proto__") this.refuse(at, "is no name for a field: rename it");
      else this.look(member, at);
    }
    this.open.delete(schema);
  }

  private lookAtChecks(schema: core.$ZodType, path: string): undefined {
    const { def } = schema._zod;
    const checks = (def.checks ?? []).map((check) => check._zod.def as CheckDef);
    // A format of its own (z.email(), z.url()) is a schema and a check at once.
    for (const check of [def as CheckDef, ...checks]) {
      if (check.check === undefined) continue;
      const reads = READING_CHECKS.has(check.check) || (check.check === "custom" && check.fn !== undefined);
      if (!reads || (check.format !== undefined && REWRITING_FORMATS.has(check.format))) {
        this.refuse(path, `the check ${check.format ?? check.check} may rewrite the value: use one that only looks`);
      }
    }
  }
}

interface CheckDef {
  readonly check?: string;
  readonly format?: string;
  /** A predicate (`z.refine`). A bare `z.check` has none: it gets the payload itself, and may rewrite it. */
  readonly fn?: unknown;
}
