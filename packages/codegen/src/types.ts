import { compile } from "json-schema-to-typescript";
import { type Names, pascalCase } from "./names.js";
import { entriesOf, isObject, itemsOf, type Json, type Located, memberOf, type References } from "./references.js";

/** Keywords that combine schemas. */
const LISTS = ["anyOf", "oneOf", "allOf"] as const;

/**
 * Renders the TypeScript declarations of a document's schemas: one for each reserved type, and one for each schema that several
 * of them refer to.
 *
 * Every schema is compiled alone, with its references replaced by type names. So this class chooses the names, no declaration
 * is repeated, and the compiler never follows a reference to a file or a host.
 */
export class Types {
  readonly #references: References;
  readonly #names: Names;
  readonly #forced: ReadonlySet<string>;
  /** Names of the reserved types, by the JSON Pointer to their schema. */
  readonly #reserved = new Map<string, readonly string[]>();
  /** Names of the schemas that types refer to, by JSON Pointer. */
  readonly #named = new Map<string, string>();
  readonly #schemas: { readonly name: string; readonly schema: Located }[] = [];

  /** @param forced JSON Pointers to optional members that are treated as required */
  constructor(references: References, names: Names, forced: ReadonlySet<string>) {
    this.#references = references;
    this.#names = names;
    this.#forced = forced;
  }

  /**
   * Reserves a name for a schema. All names must be reserved before the first declaration, since schemas refer to each other.
   *
   * @param schema the alternatives: several make a union, none makes `undefined`
   */
  reserve(wanted: string, schema: readonly Located[]): Declared {
    const name = this.#names.take(wanted);
    const [only] = schema;
    if (only !== undefined && schema.length === 1) {
      const { at } = this.#references.resolve(only);
      this.#reserved.set(at, [...(this.#reserved.get(at) ?? []), name]);
    }
    return { name, parts: schema };
  }

  /**
   * Renders the declaration of a reserved name.
   *
   * @param text the comment for a schema without a description
   * @throws CodegenError if a reference cannot be followed
   */
  async declare({ name, parts }: Declared, text: string): Promise<string> {
    const [only] = parts;
    if (only === undefined) return `${comment(text)}export type ${name} = undefined;`;
    const schema = this.#references.resolve(only);
    if (parts.length === 1 && this.#reserved.get(schema.at)?.length === 1)
      return render(name, this.#plain(schema), text);
    return render(name, { anyOf: parts.map((part) => this.#alternative(part)) }, text);
  }

  /** Renders the schemas that the declared types refer to. @throws CodegenError if a reference cannot be followed */
  async declareShared(): Promise<readonly string[]> {
    const declarations = new Map<string, string>();
    // Rendering a schema may append further ones to the list.
    for (const { name, schema } of this.#schemas) declarations.set(name, await render(name, this.#plain(schema), ""));
    return [...declarations].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, declaration]) => declaration);
  }

  /** Returns a reference by name if the document names the schema, else the schema itself. */
  #alternative(part: Located): Json {
    const schema = this.#references.resolve(part);
    return schema.at.startsWith("/components/schemas/") ? this.#refer(schema) : this.#plain(schema);
  }

  #refer(part: Located): Json {
    const schema = this.#references.resolve(part);
    const reserved = this.#reserved.get(schema.at) ?? [];
    let name = reserved.length === 1 ? reserved[0] : this.#named.get(schema.at);
    if (name === undefined) {
      name = this.#names.take(pascalCase(lastName(schema.at)));
      this.#named.set(schema.at, name);
      this.#schemas.push({ name, schema });
    }
    return { tsType: name };
  }

  /** Returns a schema with only the known keywords, so that a document can neither add references nor inject code. */
  #plain(part: Located): Json {
    const { value, at } = part;
    if (value === false) return { tsType: "never" };
    if (!isObject(value)) return { tsType: "unknown" };
    if (typeof memberOf(value, "$ref") === "string") return this.#refer(part);
    const description = descriptionOf(value);
    const values = "const" in value ? [value.const] : value.enum;
    if (Array.isArray(values)) return { ...literals(values), ...description };
    const written = {
      ...description,
      ...typeOf(value),
      ...this.#members({ value, at }),
      ...this.#items({ value, at }),
      ...this.#lists({ value, at }),
    };
    return Object.keys(written).every((keyword) => keyword === "description")
      ? { tsType: "unknown", ...description }
      : written;
  }

  #members({ value, at }: Located<Json>): Json {
    const properties = memberOf(value, "properties");
    const rest = memberOf(value, "additionalProperties");
    const members = entriesOf({ value: properties, at: `${at}/properties` });
    const named = members.map(([name, member]) => [name, this.#plain(member)] as const);
    const forced = members.filter(([, member]) => this.#forced.has(member.at)).map(([name]) => name);
    const required = itemsOf({ value: memberOf(value, "required"), at }).map((item) => item.value);
    if (named.length === 0 && value.type !== "object") return {};
    const isOpen = rest === true || "patternProperties" in value || (rest === undefined && !isObject(properties));
    // In TypeScript, named members would have to match the index signature.
    const index =
      isObject(rest) && named.length === 0 ? this.#plain({ value: rest, at: "" }) : isOpen || isObject(rest);
    return {
      ...(value.type === undefined && { type: "object" }),
      properties: Object.fromEntries(named),
      required: [...required, ...forced],
      additionalProperties: index,
    };
  }

  #items({ value, at }: Located<Json>): Json {
    const items = memberOf(value, "prefixItems") ?? memberOf(value, "items");
    if (items === undefined) return {};
    if (!Array.isArray(items)) return { items: this.#plain({ value: items, at: `${at}/items` }) };
    return { items: items.map((item) => this.#plain({ value: item, at })) };
  }

  #lists({ value, at }: Located<Json>): Json {
    return Object.fromEntries(
      LISTS.filter((keyword) => Array.isArray(memberOf(value, keyword))).map((keyword) => [
        keyword,
        itemsOf({ value: value[keyword], at: `${at}/${keyword}` }).map((item) => this.#plain(item)),
      ]),
    );
  }
}

/** A reserved name with the alternatives of its schema. */
export interface Declared {
  readonly name: string;
  readonly parts: readonly Located[];
}

/** The compiler rewrites some names (`Ohlc4h`), so it compiles under this one, which is then replaced. */
const NAME = /^export (interface|type) Declared\b/m;

async function render(name: string, { description, ...schema }: Json, text: string): Promise<string> {
  const declaration = await compile(schema, "Declared", {
    bannerComment: "",
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { printWidth: 120 },
    $refOptions: { resolve: { external: false } },
  });
  const documentation = typeof description === "string" ? description : text;
  return comment(documentation) + declaration.trim().replace(NAME, (_, kind) => `export ${kind} ${name}`);
}

/** Renders a comment for a declaration; an empty string if there is no text. */
export function comment(text: string): string {
  if (text === "") return "";
  const lines = text.replaceAll("*/", "* /").split(/\r\n|[\n\r\u2028\u2029]/);
  if (lines.length === 1) return `/** ${lines[0]} */\n`;
  return `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */\n`;
}

function descriptionOf({ description }: Json): Json {
  return typeof description === "string" && description.trim() !== "" ? { description: description.trim() } : {};
}

/** Returns a schema that allows exactly these values. */
function literals(values: readonly unknown[]): Json {
  if (values.length === 0) return { tsType: "never" };
  const isPlain = values.every((value) => typeof value !== "object" || value === null);
  return isPlain ? { enum: [...new Set(values)] } : { tsType: "unknown" };
}

const TYPES = new Set<unknown>(["array", "boolean", "integer", "null", "number", "object", "string"]);

/** Returns the `type` keyword if JSON Schema knows its value. */
function typeOf({ type }: Json): Json {
  if (Array.isArray(type)) return type.length > 0 && type.every((item) => TYPES.has(item)) ? { type } : {};
  return TYPES.has(type) ? { type } : {};
}

function lastName(at: string): string {
  return (at.split("/").at(-1) ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
}
