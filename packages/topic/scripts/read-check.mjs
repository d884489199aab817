// Reads a zod schema as a check: plain data that means the same. What has no such data is refused, never loosened.
import * as core from "zod/v4/core";

/** @typedef {import("../src/check.js").Check} Check */

/** By the core classes that a schema is made of: what it is, and what of its definition a check can say. */
const KINDS = {
  $ZodString: { read: () => "string", says: ["checks"] },
  $ZodNumber: { read: () => "number", says: ["checks"] },
  "$ZodCheck,$ZodCheckNumberFormat,$ZodNumber,$ZodNumberFormat": {
    read: readInt,
    says: ["checks", "check", "format"],
  },
  $ZodBoolean: { read: () => "boolean", says: [] },
  $ZodLiteral: { read: readValues, says: ["values"] },
  $ZodEnum: { read: readValues, says: ["entries"] },
  $ZodNullable: { read: readNullable, says: ["innerType"] },
  $ZodOptional: { read: readOptional, says: ["innerType"] },
  $ZodArray: { read: readArray, says: ["element", "checks"] },
  $ZodObject: { read: readObject, says: ["shape"] },
  "$ZodObject,$ZodObjectJIT": { read: readObject, says: ["shape"] },
  "$ZodDiscriminatedUnion,$ZodUnion": { read: readUnion, says: ["discriminator", "options"] },
};

/** When zod looks at a length by itself; a schema's author may have said otherwise. */
const LENGTH_WHEN = new core.$ZodCheckMinLength({ check: "min_length", minimum: 0 })._zod.def.when;

/**
 * @param {any} schema a zod schema
 * @param {string} at where it stands, for the error
 * @param {readonly unknown[]} [open] the objects that it stands in
 * @returns {any} the {@link Check} that accepts, refuses and gives the same
 * @throws TypeError for what a check cannot say exactly
 */
export function readCheck(schema, at, open = []) {
  const { def, traits } = schema._zod;
  const classes = [...traits].filter((name) => name.startsWith("$Zod") && name !== "$ZodType").sort();
  const kind = KINDS[classes.join()];
  if (!kind) throw cannotSay(at, `a schema of the kind ${def.type} (${classes.join(" ")})`);
  refuseOthers(def, ["type", ...kind.says], at);
  if (open.includes(schema)) throw cannotSay(at, "a schema that contains itself");
  const check = kind.read(schema, at, [...open, schema]);
  const bounds = readBounds(def.checks ?? [], at);
  if (Object.keys(bounds).length === 0) return check;
  return typeof check === "string" ? { of: check, ...bounds } : { ...check, ...bounds };
}

function readInt({ _zod: { def } }, at) {
  if (def.check !== "number_format" || def.format !== "safeint") throw cannotSay(at, `the format ${def.format}`);
  return "int";
}

function readValues(schema, at) {
  const values = [...schema._zod.values];
  for (const value of values) {
    const isJson = value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value);
    if (!isJson) throw cannotSay(at, `${String(value)} among its values`);
  }
  return { enum: values };
}

function readNullable({ _zod: { def } }, at, open) {
  const nullable = readCheck(def.innerType, at, open);
  if (typeof nullable === "object" && "optional" in nullable) throw cannotSay(at, "an optional inside a nullable");
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
  if (odd !== undefined) throw cannotSay(at, `a member named ${String(odd)}`);
  return {
    object: Object.fromEntries(names.map((name) => [name, readCheck(def.shape[name], `${at}/${String(name)}`, open)])),
  };
}

function readUnion({ _zod: { def } }, at, open) {
  const by = def.discriminator;
  const oneOf = def.options.map((option, index) => readCheck(option, `${at}(${index})`, open));
  const tags = oneOf.flatMap(({ object }) => object?.[by]?.enum ?? [undefined]);
  if (tags.includes(undefined))
    throw cannotSay(at, `an option that is no object whose \`${by}\` is a literal or an enum`);
  if (new Set(tags).size < tags.length) throw cannotSay(at, `options with the same \`${by}\``);
  return { by, oneOf };
}

/** By the core class of a check inside of a schema: the bound that it sets, and what else its definition may say. */
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
    if (!read) throw cannotSay(at, `the check ${_zod.def?.check ?? "of a function"}`);
    const { when, ...def } = _zod.def;
    if (when !== undefined && when !== LENGTH_WHEN) throw cannotSay(at, "a check with a `when` of its own");
    refuseOthers(def, ["check", "minimum", "maximum", "value", "inclusive"], at);
    const [name, bound] = read(def);
    if (!Number.isFinite(bound)) throw cannotSay(at, `the bound ${String(bound)}`);
    if (name in bounds) throw cannotSay(at, `\`${name}\` twice`);
    bounds[name] = bound;
  }
  return bounds;
}

/** Whatever a definition says beyond what is known here could change what it accepts. */
function refuseOthers(def, known, at) {
  for (const [name, value] of Object.entries(def)) {
    if (!known.includes(name) && value !== undefined && value !== false) throw cannotSay(at, `\`${name}\` of a schema`);
  }
}

function cannotSay(at, what) {
  return new TypeError(
    `${at} has ${what}, which a check without zod cannot say exactly: ` +
      "write it with the kinds of src/routes/schemas.ts, or teach scripts/read-check.mjs and src/check.ts",
  );
}
