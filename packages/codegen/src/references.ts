import { CodegenError } from "./problem.js";

/** A JSON object of a document. */
export type Json = { readonly [name: string]: unknown };

/** A part of a document with its JSON Pointer. */
export interface Located<Value = unknown> {
  readonly value: Value;
  readonly at: string;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns an own member: a document may have one named `constructor`. */
export function memberOf(value: Json, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Returns a name as one reference token of a JSON Pointer. */
export function step(name: string | number): string {
  return `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Returns a member of a located object, undefined if there is none. */
export function child(parent: Located<Json>, name: string): Located | undefined {
  const value = memberOf(parent.value, name);
  return value === undefined ? undefined : { value, at: parent.at + step(name) };
}

/** Returns the items of a located list; an empty list for any other value. */
export function itemsOf(list: Located | undefined): readonly Located[] {
  if (!Array.isArray(list?.value)) return [];
  return list.value.map((value: unknown, index) => ({ value, at: list.at + step(index) }));
}

/** Returns the members of a located object by name; an empty list for any other value. */
export function entriesOf(object: Located | undefined): readonly (readonly [string, Located])[] {
  if (!isObject(object?.value)) return [];
  return Object.entries(object.value).map(([name, value]) => [name, { value, at: object.at + step(name) }]);
}

/** Follows the references within one document. Never reads other files or URLs. */
export class References {
  readonly #root: Json;

  constructor(root: Json) {
    this.#root = root;
  }

  /**
   * Follows a chain of `$ref`s to its end. Returns a part without a reference unchanged.
   *
   * @throws CodegenError if a reference leaves the document, has no target or leads back to itself
   */
  resolve(part: Located): Located {
    const seen = new Set<string>();
    let { value, at } = part;
    while (isObject(value) && typeof memberOf(value, "$ref") === "string") {
      const reference = value.$ref as string;
      if (seen.has(at))
        throw problem(at, `${JSON.stringify(reference)} refers to itself: refer to a schema or message`);
      seen.add(at);
      ({ value, at } = this.#find(reference, at));
    }
    return { value, at };
  }

  /** Resolves like {@link resolve}. @throws CodegenError also if the target is not an object */
  resolveObject(part: Located, what: string): Located<Json> {
    const { value, at } = this.resolve(part);
    if (isObject(value)) return { value, at };
    throw problem(at, `${what} must be an object, but is ${JSON.stringify(value)?.slice(0, 60)}`);
  }

  #find(reference: string, from: string): Located {
    if (!reference.startsWith("#")) {
      throw problem(from, `${JSON.stringify(reference)} refers to another document: bundle it into this one first`);
    }
    const at = decodePointer(reference.slice(1));
    if (at === undefined || (at !== "" && !at.startsWith("/"))) {
      throw problem(from, `${JSON.stringify(reference)} is not a JSON Pointer: write it as "#/components/schemas/…"`);
    }
    let value: unknown = this.#root;
    for (const name of at.split("/").slice(1)) {
      const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
      const own = (typeof value === "object" && value !== null && Object.hasOwn(value, key)) as boolean;
      if (!own) throw problem(from, `${JSON.stringify(reference)} has no target: there is no ${JSON.stringify(key)}`);
      value = (value as Json)[key];
    }
    return { value, at };
  }
}

/** Decodes the pointer of a URL fragment; undefined if its escapes are invalid. */
function decodePointer(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}

export function problem(at: string, text: string, of?: string): CodegenError {
  return new CodegenError([{ at, text, of }]);
}
