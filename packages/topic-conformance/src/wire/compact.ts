import { WireFailure } from "./scenario.js";

/** A layout of an object, as PROTOCOL.md describes it. */
interface ObjectLayout {
  readonly members: readonly (string | readonly [string, Layout])[];
  readonly sparse?: boolean;
}

type Layout = ObjectLayout | { readonly items: ObjectLayout };

/** Returns the update that a compact form stands for. @throws WireFailure if its values do not match the layout */
export function unpack(value: unknown, layout: Layout | undefined): unknown {
  if (layout === undefined || !Array.isArray(value)) return value;
  const values = value[Symbol.iterator]();
  let left = value.length;
  const next = (): unknown => {
    if (left-- === 0) throw new WireFailure(`values of ${JSON.stringify(layout)}`, JSON.stringify(value));
    return values.next().value;
  };
  if ("items" in layout) {
    const objects: unknown[] = [];
    while (left > 0) objects.push(readObject(next, layout.items));
    return objects;
  }
  const object = readObject(next, layout);
  if (left === 0) return object;
  throw new WireFailure(`values of ${JSON.stringify(layout)}`, JSON.stringify(value));
}

function readObject(next: () => unknown, { members, sparse }: ObjectLayout): object {
  const absent = sparse === true ? Number(next()) : 0;
  const present = members.filter((_member, index) => ((absent >> index) & 1) === 0);
  return Object.fromEntries(
    present.map((member) => {
      const [name, layout] = typeof member === "string" ? [member, undefined] : member;
      return [name, unpack(next(), layout)];
    }),
  );
}
