import type * as core from "zod/v4/core";
import { pointerStep, preview, TopicError } from "./errors.js";
import type { Fields } from "./fields.js";
import type { ParamsSchema } from "./params-schema.js";
import { readFields } from "./read-fields.js";

/** A parameter that violates the topic contract. */
export interface ContractViolation {
  /** JSON Pointer into the parameters, `""` for the schema itself. */
  readonly path: string;
  /** The problem and a remedy. */
  readonly problem: string;
}

/**
 * Thrown if a route's params violate the topic contract. Lists every invalid field.
 *
 * @see PROTOCOL.md#route-parameters for the rules and their reasons
 */
export class ContractError extends TopicError {
  override readonly name = "ContractError";
  readonly route: string;
  readonly violations: readonly ContractViolation[];

  constructor(route: string, violations: readonly ContractViolation[]) {
    const list = violations.map(({ path, problem }) => `\n  ${path || "(parameters)"}: ${problem}`).join("");
    super(
      "contract",
      violations[0]?.path ?? "",
      `Route "${route}" has parameters that violate the topic contract:${list}`,
    );
    this.route = route;
    this.violations = violations;
  }
}

/**
 * Checks a params schema against the topic contract and converts it to {@link Fields}.
 *
 * @throws ContractError with every invalid field
 */
export function fieldsOf(route: string, schema: core.$ZodType): Fields {
  const check = new ContractCheck();
  check.visit(schema, "");
  if (check.violations.length === 0 && schema._zod.def.type !== "object") {
    check.report("", "must be an object of named parameters: use z.object({ … })");
  }
  if (check.violations.length > 0) throw new ContractError(route, check.violations);
  return readFields(schema as ParamsSchema);
}

/** String formats whose check rewrites the value it accepts: `z.url()` trims. */
const REWRITING_FORMATS = new Set(["url"]);

const INTEGER_FORMATS = new Set(["safeint", "int32", "uint32"]);

/** Checks that never change the value. */
const PURE_CHECKS = new Set([
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
  optional: "an optional field gives one subscription two topics: make it required or nullable",
  default: "a default gives one subscription two topics: make the field required",
  prefault: "a default gives one subscription two topics: make the field required",
  catch: "a fallback gives one subscription two topics: remove .catch()",
  pipe: "a pipe or transform changes the value that the topic is built from: transform outside the route",
  transform: "a transform changes the value that the topic is built from: transform outside the route",
  union: "the only allowed alternative is null: use z.nullable(…) or an enum",
  bigint: "use z.int() or a string",
  date: "use z.int() for Unix milliseconds, or a string",
  any: "use the field's type",
  unknown: "use the field's type",
  record: "use z.object({ … }) with named fields",
  tuple: "use an array, or an object with named fields",
};

class ContractCheck {
  readonly violations: ContractViolation[] = [];
  /** The enclosing objects: a getter in a shape can refer back to one of them. */
  private readonly open = new Set<core.$ZodType>();

  visit(schema: core.$ZodType, path: string): undefined {
    const def = (schema as core.$ZodTypes | undefined)?._zod?.def;
    if (def === undefined) return this.report(path, `${preview(schema)} is not a zod schema: use a schema of zod 4`);
    this.visitChecks(schema, path);
    switch (def.type) {
      case "string":
      case "boolean":
        if (def.coerce) this.report(path, `coercion changes the value: use z.${def.type}()`);
        return;
      case "number":
        return this.visitNumber(def, path);
      case "enum":
      case "literal":
        return this.visitValues((schema as core.$ZodEnum | core.$ZodLiteral)._zod.values, path);
      case "nullable":
        return this.visitNullable(def.innerType, path);
      case "array":
        return this.visit(def.element, `${path}/*`);
      case "object":
        return this.visitObject(schema as core.$ZodObject, path);
      default:
        this.report(path, `${def.type} is not allowed: ${REMEDIES[def.type] ?? "use an allowed type"}`);
    }
  }

  report(path: string, problem: string): undefined {
    this.violations.push({ path, problem });
  }

  private visitNumber(def: core.$ZodNumberDef & { format?: string }, path: string): undefined {
    if (def.coerce) return this.report(path, "coercion changes the value: use z.int()");
    if (def.format !== undefined && INTEGER_FORMATS.has(def.format)) return;
    this.report(path, "1 and 1.0 are one number in JavaScript and two topics in Python: use z.int() or a string");
  }

  private visitValues(values: ReadonlySet<unknown>, path: string): undefined {
    for (const value of values) {
      const allowed = typeof value === "string" ? !/\p{Surrogate}/u.test(value) : Number.isSafeInteger(value);
      if (!allowed)
        return this.report(path, `${preview(value)} is not allowed: use well-formed strings and safe integers`);
    }
  }

  private visitNullable(inner: core.$ZodType, path: string): undefined {
    const before = this.violations.length;
    this.visit(inner, path);
    if (this.violations.length > before) return;
    const { def, values } = inner._zod;
    if (def.type === "nullable") this.report(path, "is nullable twice: use z.nullable() once");
    else if (values?.has(""))
      this.report(path, '"" and null make the same topic: remove "" from the enum, or make it not nullable');
  }

  private visitObject(schema: core.$ZodObject, path: string): undefined {
    const { def } = schema._zod;
    if (def.catchall) {
      this.report(path, "both sides drop unknown keys: use z.object(), not a strict, loose or catch-all object");
    }
    if (this.open.has(schema)) return this.report(path, "contains itself: parameters must have a fixed depth");
    this.open.add(schema);
    for (const [name, member] of Object.entries(def.shape)) {
      const at = path + pointerStep(name);
      if (name === "__proto__") this.report(at, "is not a valid field name: rename it");
      else this.visit(member, at);
    }
    this.open.delete(schema);
  }

  private visitChecks(schema: core.$ZodType, path: string): undefined {
    const { def } = schema._zod;
    const checks = (def.checks ?? []).map((check) => check._zod.def as CheckDef);
    // A string format such as z.email() is both a schema and a check.
    for (const check of [def as CheckDef, ...checks]) {
      if (check.check === undefined) continue;
      const isPure = PURE_CHECKS.has(check.check) || (check.check === "custom" && check.fn !== undefined);
      if (!isPure || (check.format !== undefined && REWRITING_FORMATS.has(check.format))) {
        this.report(path, `the check ${check.format ?? check.check} may change the value: use one that does not`);
      }
    }
  }
}

interface CheckDef {
  readonly check?: string;
  readonly format?: string;
  /** The predicate of `z.refine`. A bare `z.check` has none: it gets the payload itself and may change it. */
  readonly fn?: unknown;
}
