import { isObject, itemsOf, type Json, type Located, memberOf, type References, step } from "./references.js";

/** A schema without its `null` alternative, and whether it had one. */
export interface Unwrapped {
  readonly schema: Located;
  readonly nullable: boolean;
}

/**
 * Removes the wrappers of a schema: references, an `allOf`, `anyOf` or `oneOf` with one member, and a union of one schema and
 * `null`, which is how Pydantic writes an optional field.
 *
 * @throws CodegenError if a reference cannot be followed
 */
export function unwrap(part: Located, references: References): Unwrapped {
  let nullable = false;
  let schema = references.resolve(part);
  const seen = new Set<string>();
  while (isObject(schema.value) && !seen.has(schema.at)) {
    seen.add(schema.at);
    const list = alternativesOf(schema as Located<Json>) ?? onlyOne(schema as Located<Json>, "allOf");
    if (list === undefined || "properties" in schema.value) break;
    const others = list.filter((item) => !isNull(references.resolve(item).value));
    if (others.length !== 1) break;
    nullable ||= others.length < list.length;
    schema = references.resolve(others[0] as Located);
  }
  return { schema, nullable };
}

/** Returns the alternatives of a union, undefined for any other schema. */
export function alternativesOf(schema: Located<Json>): readonly Located[] | undefined {
  for (const keyword of ["anyOf", "oneOf"]) {
    const list = memberOf(schema.value, keyword);
    if (Array.isArray(list)) return itemsOf({ value: list, at: schema.at + step(keyword) });
  }
  return undefined;
}

function onlyOne(schema: Located<Json>, keyword: string): readonly Located[] | undefined {
  const items = itemsOf({ value: memberOf(schema.value, keyword), at: schema.at + step(keyword) });
  return items.length === 1 ? items : undefined;
}

function isNull(schema: unknown): boolean {
  return isObject(schema) && (schema.type === "null" || schema.const === null);
}

/** Returns the schema of a member, undefined if the object's schema does not describe it. */
export function propertyOf(schema: Located, name: string): Located | undefined {
  if (!isObject(schema.value)) return undefined;
  const properties = memberOf(schema.value, "properties");
  if (!isObject(properties) || !Object.hasOwn(properties, name)) return undefined;
  return { value: properties[name], at: `${schema.at}/properties${step(name)}` };
}

/** Returns whether the schema describes the member for every value: in each alternative, or in any part of an `allOf`. */
export function hasMember(part: Located, name: string, references: References, open: readonly string[] = []): boolean {
  const { schema } = unwrap(part, references);
  if (!isObject(schema.value) || open.includes(schema.at)) return false;
  if (propertyOf(schema, name) !== undefined) return true;
  const within = [...open, schema.at];
  const has = (item: Located) => hasMember(item, name, references, within);
  const located = schema as Located<Json>;
  if (itemsOf({ value: memberOf(located.value, "allOf"), at: `${schema.at}/allOf` }).some(has)) return true;
  const alternatives = alternativesOf(located) ?? [];
  return alternatives.length > 0 && alternatives.every(has);
}

/** Returns the strings that a schema allows by `const` or `enum`, its alternatives included. */
export function stringsOf(part: Located, references: References): readonly string[] {
  const { value, at } = references.resolve(part);
  if (!isObject(value)) return [];
  const own = [value.const, ...(Array.isArray(value.enum) ? value.enum : [])];
  const strings = own.filter((item): item is string => typeof item === "string");
  const alternatives = alternativesOf({ value, at }) ?? [];
  const fromAlternatives = alternatives.flatMap((item) => {
    const { value: alternative } = references.resolve(item);
    return isObject(alternative) && typeof alternative.const === "string" ? [alternative.const] : [];
  });
  return [...strings, ...fromAlternatives];
}
