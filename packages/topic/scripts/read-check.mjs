// Converts a zod schema to a check, which is equivalent plain data. Throws for a schema without an exact equivalent.
import * as core from "zod/v4/core";

/** @typedef {import("../src/check.js").Check} Check */

/** Readers by the core classes of a schema. `fields` are the fields of its definition that a check can represent. */
const KINDS = {
  $ZodString: { read: () => "string", fields: ["checks"] },
  $ZodNumber: { read: () => "number", fields: ["checks"] },
  "$ZodCheck,$ZodCheckNumberFormat,$ZodNumber,$ZodNumberFormat": {
    read: readInt,
    fields: ["checks", "check", "format"],
  },
  $ZodBoolean: { read: () => "boolean", fields: [] },
  $ZodLiteral: { read: readValues, fields: ["values"] },
  $ZodEnum: { read: readValues, fields: ["entries"] },
  $ZodNullable: { read: readNullable, fields: ["innerType"] },
  $ZodOptional: { read: readOptional, fields: ["innerType"] },
  $ZodArray: { read: readArray, fields: ["element", "checks"] },
  $ZodObject: { read: readObject, fields: ["shape"] },
  "$ZodObject,$ZodObjectJIT": { read: readObject, fields: ["shape"] },
  "$ZodDiscriminatedUnion,$ZodUnion": { read: readUnion, fields: ["discriminator", "options"] },
};

/** zod's default condition for length checks. A schema can override it. */
const LENGTH_WHEN = new core.$ZodCheckMinLength({ check: "min_length", minimum: 0 })._zod.def.when;

/**
 * @param {any} schema a zod schema
 * @param {string} at the path of the schema, for error messages
 * @param {readonly unknown[]} [open] the enclosing schemas
 * @returns {any} the equivalent {@link Check}
 * @throws TypeError if there is no exact equivalent
 */
export function readCheck(schema, at, open = []) {
  const { def, traits } = schema._zod;
  const classes = [...traits].filter((name) => name.startsWith("$Zod") && name !== "$ZodType").sort();
  const kind = KINDS[classes.join()];
  if (!kind) throw unsupported(at, `a schema of type ${def.type} (${classes.join(" ")})`);
  rejectOtherFields(def, ["type", ...kind.fields], at);
  if (open.includes(schema)) throw unsupported(at, "a schema that contains itself");
  const check = kind.read(schema, at, [...open, schema]);
  const bounds = readBounds(def.checks ?? [], at);
  if (Object.keys(bounds).length === 0) return check;
  return typeof check === "string" ? { of: check, ...bounds } : { ...check, ...bounds };
}

function readInt({ _zod: { def } }, at) {
  if (def.check !== "number_format" || def.format !== "safeint") throw unsupported(at, `the format ${def.format}`);
  return "int";
}

function readValues(schema, at) {
  const values = [...schema._zod.values];
  for (const value of values) {
    const isJson = value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value);
    if (!isJson) throw unsupported(at, `${String(value)} among its values`);
  }
  return { enum: values };
}

function readNullable({ _zod: { def } }, at, open) {
  const nullable = readCheck(def.innerType, at, open);
  if (typeof nullable === "object" && "optional" in nullable) throw unsupported(at, "an optional inside a nullable");
  return { nullable };
}

function readOptional({ _zod: { def } }, at, open) {
  return { optional: readCheck(def.innerType, at, open) };
}

function readArray({ _zod: { def } }, at, open) {
  return { array: readCheck(def.element, `${at}/*`, open) };
}

function readObject({ _zod: { def } }, at, open) {
  const names = Reflect.ownKeys(def.shape);
  const odd = names.find((name) => typeof name === "symbol" || name === "__proto__");
  if (odd !== undefined) throw unsupported(at, `a member named ${String(odd)}`);
  return {
    object: Object.fromEntries(names.map((name) => [name, readCheck(def.shape[name], `${at}/${String(name)}`, open)])),
  };
}

function readUnion({ _zod: { def } }, at, open) {
  const by = def.discriminator;
  const oneOf = def.options.map((option, index) => readCheck(option, `${at}(${index})`, open));
  const tags = oneOf.flatMap(({ object }) => object?.[by]?.enum ?? [undefined]);
  if (tags.includes(undefined))
    throw unsupported(at, `an option that is not an object whose \`${by}\` is a literal or an enum`);
  if (new Set(tags).size < tags.length) throw unsupported(at, `options with the same \`${by}\``);
  return { by, oneOf };
}

/** The bound that a check sets, by its core class. */
const BOUNDS = {
  $ZodCheckMinLength: ({ minimum }) => ["min", minimum],
  $ZodCheckMaxLength: ({ maximum }) => ["max", maximum],
  $ZodCheckGreaterThan: ({ inclusive, value }) => [inclusive ? "min" : "above", value],
  $ZodCheckLessThan: ({ inclusive, value }) => [inclusive ? "max" : "below", value],
};

function readBounds(checks, at) {
  /** @type {Record<string, number>} */
  const bounds = {};
  for (const { _zod } of checks) {
    const classes = [...(_zod.traits ?? [])].filter((name) => name.startsWith("$Zod") && name !== "$ZodCheck");
    const read = BOUNDS[classes.join()];
    if (!read) throw unsupported(at, `the check ${_zod.def?.check ?? "of a function"}`);
    const { when, ...def } = _zod.def;
    if (when !== undefined && when !== LENGTH_WHEN) throw unsupported(at, "a check with a custom `when`");
    rejectOtherFields(def, ["check", "minimum", "maximum", "value", "inclusive"], at);
    const [name, bound] = read(def);
    if (!Number.isFinite(bound)) throw unsupported(at, `the bound ${String(bound)}`);
    if (name in bounds) throw unsupported(at, `\`${name}\` twice`);
    bounds[name] = bound;
  }
  return bounds;
}

/** Throws if a definition has unknown fields, because they could change what it accepts. */
function rejectOtherFields(def, known, at) {
  for (const [name, value] of Object.entries(def)) {
    if (!known.includes(name) && value !== undefined && value !== false)
      throw unsupported(at, `\`${name}\` of a schema`);
  }
}

function unsupported(at, what) {
  return new TypeError(
    `${at} has ${what}, which a check without zod cannot represent exactly: ` +
      "use the schema types of src/routes/schemas.ts, or extend scripts/read-check.mjs and src/check.ts",
  );
}
