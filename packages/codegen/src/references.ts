import { CodegenError } from "./problem.js";

/** A JSON object of a document. */
export type Json = { readonly [name: string]: unknown };

/** A part of a document, and the JSON Pointer to it. */
export interface Located<Value = unknown> {
  readonly value: Value;
  readonly at: string;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own member, since a document may name one `constructor`. */
export function memberOf(value: Json, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** A name as one step of a JSON Pointer. */
export function step(name: string | number): string {
  return `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The member of a located object. Undefined where there is none. */
export function child(parent: Located<Json>, name: string): Located | undefined {
  const value = memberOf(parent.value, name);
  return value === undefined ? undefined : { value, at: parent.at + step(name) };
}

/** The items of a located list, none where it is no list. */
export function itemsOf(list: Located | undefined): readonly Located[] {
  if (!Array.isArray(list?.value)) return [];
  return list.value.map((value: unknown, index) => ({ value, at: list.at + step(index) }));
}

/** The members of a located object by name, none where it is no object. */
export function entriesOf(object: Located | undefined): readonly (readonly [string, Located])[] {
  if (!isObject(object?.value)) return [];
  return Object.entries(object.value).map(([name, value]) => [name, { value, at: object.at + step(name) }]);
}

/** Follows the references of one document. Nothing is ever read from elsewhere. */
export class References {
  readonly #root: Json;

  constructor(root: Json) {
    this.#root = root;
  }

  /**
   * What stands at the end of a chain of `$ref`s, or the part itself.
   *
   * @throws CodegenError where a reference leaves the document, leads nowhere or leads round in a circle
   */
  resolve(part: Located): Located {
    const seen = new Set<string>();
    let { value, at } = part;
    while (isObject(value) && typeof memberOf(value, "$ref") === "string") {
      const reference = value.$ref as string;
      if (seen.has(at))
        throw problem(at, `${JSON.stringify(reference)} leads back to itself: name a schema or message`);
      seen.add(at);
      ({ value, at } = this.#find(reference, at));
    }
    return { value, at };
  }

  /** As {@link resolve}, one that must be an object. @throws CodegenError */
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
      throw problem(from, `${JSON.stringify(reference)} is no JSON Pointer: write "#/components/schemas/…"`);
    }
    let value: unknown = this.#root;
    for (const name of at.split("/").slice(1)) {
      const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
      const own = (typeof value === "object" && value !== null && Object.hasOwn(value, key)) as boolean;
      if (!own) throw problem(from, `${JSON.stringify(reference)} leads nowhere: there is no ${JSON.stringify(key)}`);
      value = (value as Json)[key];
    }
    return { value, at };
  }
}

/** A URL fragment's pointer; undefined where its escapes are broken. */
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
