import type { Route } from "@trading/topic";
import { type JsonSchema, jsonSchemaOf } from "@trading/topic/json-schema";

/** The compact form of one run's updates, as the subscribe reply describes it (PROTOCOL.md, Compact updates). */
export interface CompactForm {
  /** Stands for the topic: unique among the runs of this server. */
  readonly alias: number;
  /** The members of the updates. @default an update is sent as it is */
  readonly layout?: ObjectLayout;
}

/** The members of an object, whose values a compact update lists in this order. */
export interface ObjectLayout {
  readonly members: readonly (string | readonly [name: string, layout: Layout])[];
  /** Whether members can be absent: the values are then preceded by a bit mask of the absent ones. */
  readonly sparse?: true;
}

/** The layout of an object, or of an array of such objects. */
export type Layout = ObjectLayout | { readonly items: ObjectLayout };

/** A member with an index above it has no bit in the mask of absent members: JavaScript's bit operators have 32 bits. */
const MAX_ABSENT_INDEX = 30;

const layouts = new WeakMap<object, { readonly layout: ObjectLayout | undefined }>();

/**
 * Returns the layout of a route's updates; undefined if they are not objects with known members. It is computed once for each
 * schema.
 */
export function layoutOf(schema: Route<unknown, unknown>["update"]): ObjectLayout | undefined {
  const known = layouts.get(schema);
  if (known !== undefined) return known.layout;
  const layout = objectLayout(jsonSchemaOf(schema, ""));
  layouts.set(schema, { layout });
  return layout;
}

/** Returns the layout of an object; of the first one if there are several, since the others are sent as they are. */
function objectLayout(schema: JsonSchema): ObjectLayout | undefined {
  const { properties } = schema;
  if (!isObject(properties)) {
    const choices = [schema.anyOf, schema.oneOf].find(Array.isArray) ?? [];
    return choices.map(objectLayout).find((layout) => layout !== undefined);
  }
  const names = Object.keys(properties);
  // An assignment to `__proto__` would change the prototype of the client's object.
  if (names.length === 0 || names.includes("__proto__")) return undefined;
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const members = names.map((name) => {
    const layout = memberLayout(properties[name] as JsonSchema);
    return layout === undefined ? name : ([name, layout] as const);
  });
  return { members, ...(names.some((name) => !required.has(name)) && { sparse: true }) };
}

function memberLayout(schema: JsonSchema): Layout | undefined {
  const items = isObject(schema.items) ? objectLayout(schema.items as JsonSchema) : undefined;
  return items === undefined ? objectLayout(schema) : { items };
}

/**
 * Lists the values of an update by its layout.
 *
 * @param update parsed JSON
 * @returns undefined if the update does not have this layout, with its members in this order
 */
export function pack(update: unknown, layout: ObjectLayout): unknown[] | undefined {
  const values: unknown[] = [];
  return isObject(update) && append(values, update, layout) ? values : undefined;
}

/** Appends the values of an object. @returns whether it has this layout */
function append(values: unknown[], object: Readonly<Record<string, unknown>>, layout: ObjectLayout): boolean {
  const { members, sparse } = layout;
  const names = Object.keys(object);
  const start = values.length;
  if (sparse) values.push(0);
  let absent = 0;
  let read = 0;
  for (let index = 0; index < members.length; index++) {
    const member = members[index] as ObjectLayout["members"][number];
    const isPlain = typeof member === "string";
    const name = isPlain ? member : member[0];
    if (names[read] !== name) {
      if (!sparse || index > MAX_ABSENT_INDEX) return false;
      absent |= 1 << index;
      continue;
    }
    read++;
    const value = isPlain ? object[name] : packMember(object[name], member[1]);
    if (value === undefined) return false;
    values.push(value);
  }
  if (sparse) values[start] = absent;
  // Members that the layout does not have, or has in another order.
  return /* mutant: has-all-members */ read === names.length;
}

/** Packs the value of a member. @returns undefined if it does not have this layout */
function packMember(value: unknown, layout: Layout): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (!("items" in layout)) return pack(value, layout);
  if (!Array.isArray(value)) return undefined;
  const values: unknown[] = [];
  const isRegular = value.every((item) => isObject(item) && append(values, item, layout.items));
  return isRegular ? values : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
