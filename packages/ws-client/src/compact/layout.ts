/** Reads the values of one object into it, from an index on. @returns the index after the last one */
type Reader = (values: readonly unknown[], at: number, into: Record<string, unknown>) => number;

/** Restores a value from its packed form. */
export type Unpack = (value: unknown) => unknown;

/** A member with an index above it cannot be absent (PROTOCOL.md, Compact update). */
const MAX_ABSENT_INDEX = 30;

/**
 * Returns a function that restores an object from the array of its values. A value that is not an array is returned as it is.
 *
 * @param layout that of a subscribe reply
 * @throws TypeError if it is not a layout of an object; the returned function throws it for values that do not match
 */
export function unpackerOf(layout: unknown): Unpack {
  const read = readerOf(layout);
  return (value) => {
    if (!Array.isArray(value)) return value;
    const object = {};
    if (read(value, 0, object) !== value.length) throw mismatch();
    return object;
  };
}

function readerOf(layout: unknown): Reader {
  const { members, sparse } = layout as { readonly members?: unknown; readonly sparse?: unknown };
  if (!Array.isArray(members) || !members.length) throw new TypeError("Invalid layout: expected members");
  const names: string[] = [];
  const unpackers: (Unpack | undefined)[] = [];
  for (const member of members) {
    const [name, own] = Array.isArray(member) ? member : [member];
    // An assignment to it would change the prototype of the object.
    if (typeof name !== "string" || name === "__proto__") throw new TypeError("Invalid layout: expected a name");
    names.push(name);
    unpackers.push(own === undefined ? undefined : memberUnpacker(own));
  }
  return (values, start, into) => {
    let at = start;
    const absent = sparse ? Number(values[at++]) : 0;
    for (let index = 0; index < names.length; index++) {
      if (index <= MAX_ABSENT_INDEX && absent & (1 << index)) continue;
      if (at >= values.length) throw mismatch();
      const unpack = unpackers[index];
      const value = values[at++];
      into[names[index] as string] = unpack ? unpack(value) : value;
    }
    return at;
  };
}

function memberUnpacker(layout: unknown): Unpack {
  const { items } = layout as { readonly items?: unknown };
  if (items === undefined) return unpackerOf(layout);
  const read = readerOf(items);
  return (values) => {
    if (!Array.isArray(values)) return values;
    const objects: object[] = [];
    for (let at = 0; at < values.length; ) {
      const object = {};
      at = read(values, at, object);
      objects.push(object);
    }
    return objects;
  };
}

function mismatch(): TypeError {
  return new TypeError("The values do not match the layout");
}
