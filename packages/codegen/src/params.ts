import type { Fields } from "@trading/topic/shapes";
import { CodegenError, type Problem } from "./problem.js";
import {
  entriesOf,
  isObject,
  itemsOf,
  type Json,
  type Located,
  memberOf,
  type References,
  step,
} from "./references.js";
import { alternativesOf, unwrap } from "./schemas.js";

type Field = Fields[string];

/** The result of reading a route's parameters. */
export interface Params {
  readonly fields: Fields;
  /** JSON Pointers to the optional fields that are treated as required. */
  readonly forced: readonly string[];
  /** Every parameter that breaks the topic contract. `fields` is complete only if there are none. */
  readonly problems: readonly Problem[];
}

/**
 * Reads the fields of a route's parameters from their JSON Schema. Only what the topic contract allows is accepted (PROTOCOL.md,
 * section Route parameters).
 *
 * @param required paths (`/symbol`) of optional fields to treat as required, so that clients always send them
 */
export function readParams(
  route: string,
  schema: Located,
  references: References,
  required: ReadonlySet<string>,
): Params {
  const reader = new ParamsReader(route, references, required);
  const field = reader.read(schema, "");
  if (reader.problems.length === 0 && !(typeof field === "object" && "object" in field)) {
    reader.refuse(schema, "", "must be an object of named parameters");
  }
  for (const path of required) {
    if (!reader.seen.has(path))
      reader.refuse(schema, path, "is named by --require, but the parameters have no such field");
  }
  const isFields = typeof field === "object" && "object" in field;
  return { fields: isFields ? field.object : {}, forced: reader.forced, problems: reader.problems };
}

const TWO_TOPICS = "which makes two topics of one subscription";

class ParamsReader {
  readonly problems: Problem[] = [];
  readonly forced: string[] = [];
  /** Paths of all fields. */
  readonly seen = new Set<string>();
  readonly #route: string;
  readonly #references: References;
  readonly #required: ReadonlySet<string>;
  /** Schemas that are being read, to detect a reference back to one of them. */
  readonly #open = new Set<string>();

  constructor(route: string, references: References, required: ReadonlySet<string>) {
    this.#route = route;
    this.#references = references;
    this.#required = required;
  }

  read(part: Located, path: string): Field | undefined {
    const { schema, nullable } = unwrap(part, this.#references);
    if (this.#open.has(schema.at))
      return this.refuse(schema, path, "contains itself: parameters must have a fixed depth");
    this.#open.add(schema.at);
    const field = this.#readSchema(schema, path, nullable);
    this.#open.delete(schema.at);
    return field;
  }

  #readSchema(schema: Located, path: string, nullable: boolean): Field | undefined {
    if (!isObject(schema.value)) return this.refuse(schema, path, "has no type: add one");
    const { value, at } = schema as Located<Json>;
    const union = alternativesOf({ value, at });
    if (union)
      return this.refuse(schema, path, "is a union: use an enum or a string (null is the only allowed alternative)");
    for (const keyword of ["allOf", "patternProperties", "not"]) {
      if (keyword in value) return this.refuse(schema, path, `has ${keyword}: use one plain schema`);
    }
    const types = Array.isArray(value.type) ? value.type : [value.type];
    const values = "const" in value ? [value.const] : value.enum;
    const others = types.filter((type) => type !== "null");
    const hasNull = nullable || others.length < types.length || (Array.isArray(values) && values.includes(null));
    const field = Array.isArray(values)
      ? this.#readValues(
          schema,
          values.filter((item) => item !== null),
          path,
        )
      : this.#readType({ value, at }, others, path);
    if (field === undefined || !hasNull) return field;
    if (typeof field === "object" && "enum" in field && field.enum.includes("")) {
      return this.refuse(schema, path, 'allows both "" and null, which build the same topic: remove one of them');
    }
    return { nullable: field };
  }

  #readType(schema: Located<Json>, types: readonly unknown[], path: string): Field | undefined {
    if (types.length > 1) return this.refuse(schema, path, `is a union of ${types.join(" and ")}: use one type`);
    switch (types[0]) {
      case "string":
        return "string";
      case "integer":
        return "int";
      case "boolean":
        return "boolean";
      case "array":
        return this.#readArray(schema, path);
      case "object":
        return this.#readObject(schema, path);
      case "number":
        return this.refuse(schema, path, "is a float, and 1 and 1.0 build two topics: use an integer or a string");
      case undefined:
        if ("properties" in schema.value) return this.#readObject(schema, path);
        return this.refuse(schema, path, "has no type: add one");
      default:
        return this.refuse(schema, path, `has the type ${JSON.stringify(types[0])}, which is not allowed`);
    }
  }

  #readValues(schema: Located, values: readonly unknown[], path: string): Field | undefined {
    const wrong = values.find((value) => !isAllowed(value));
    if (values.length > 0 && wrong === undefined) return { enum: values as readonly (string | number)[] };
    const what = values.length === 0 ? "allows no value" : `allows ${JSON.stringify(wrong)}`;
    return this.refuse(schema, path, `${what}: an enum may contain well-formed strings and safe integers`);
  }

  #readArray({ value, at }: Located<Json>, path: string): Field | undefined {
    const items = memberOf(value, "items");
    if (Array.isArray(items) || "prefixItems" in value) {
      return this.refuse({ value, at }, path, "is a tuple: use an array of one type or an object");
    }
    const item = this.read({ value: items, at: `${at}/items` }, `${path}/*`);
    return item && { array: item };
  }

  #readObject(schema: Located<Json>, path: string): Field | undefined {
    const { value, at } = schema;
    const rest = memberOf(value, "additionalProperties");
    if (rest !== undefined && rest !== false) {
      this.refuse(
        schema,
        path,
        "allows additional properties: both sides drop unknown keys, so describe each property",
      );
    }
    const properties = entriesOf({ value: memberOf(value, "properties"), at: `${at}/properties` });
    const names = properties.map(([name]) => name);
    const required = itemsOf({ value: memberOf(value, "required"), at }).map((item) => item.value);
    for (const name of required) {
      if (!names.includes(String(name))) {
        this.refuse(schema, path + step(String(name)), "is required but not described: add it to `properties`");
      }
    }
    const fields = new Map<string, Field>();
    for (const [name, member] of properties) {
      const field = this.#readMember(member, name, path + step(name), required.includes(name));
      if (field !== undefined) fields.set(name, field);
    }
    return { object: Object.fromEntries(fields) };
  }

  #readMember(member: Located, name: string, path: string, isRequired: boolean): Field | undefined {
    this.seen.add(path);
    if (name === "__proto__") return this.refuse(member, path, "is not allowed as a field name: rename it");
    const fallback = isObject(member.value) ? memberOf(member.value, "default") : undefined;
    if (this.#required.has(path)) this.forced.push(member.at);
    else if (!isRequired || fallback !== undefined) {
      const what = isRequired ? "has a default" : "is optional";
      const detail = fallback === undefined ? "" : ` (default ${JSON.stringify(fallback)})`;
      const remedy = `make it required on the server, or pass --require ${this.#route}${path} to send it always`;
      this.refuse(member, path, `${what}${detail}, ${TWO_TOPICS}: ${remedy}`);
    }
    return this.read(member, path);
  }

  refuse({ at }: Located, path: string, text: string): undefined {
    const of = this.#route;
    this.problems.push({ at, text: `${of} ${path === "" ? "(parameters)" : path}: ${text}`, of });
    return undefined;
  }
}

function isAllowed(value: unknown): boolean {
  return typeof value === "string" ? !/\p{Surrogate}/u.test(value) : Number.isSafeInteger(value);
}

/** Calls `read`, and reports a reference that cannot be followed as a problem of the route. */
export function tryRead<Result>(of: string, problems: Problem[], read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CodegenError)) throw error;
    problems.push(...error.problems.map(({ at, text }) => ({ at, text: `${of}: ${text}`, of })));
    return undefined;
  }
}
