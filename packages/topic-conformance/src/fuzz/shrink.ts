/** Maximum number of values that are tried to make a counterexample smaller. */
const MAX_TRIES = 2000;

/**
 * Makes a tagged value smaller as long as it still fails.
 *
 * @param fails whether a value fails, as the original one does
 */
export async function shrink(tagged: unknown, fails: (candidate: unknown) => Promise<boolean>): Promise<unknown> {
  let smallest = tagged;
  let tries = 0;
  for (;;) {
    let smaller: unknown;
    for (const candidate of candidates(smallest)) {
      if (++tries > MAX_TRIES) return smallest;
      if (await fails(candidate)) {
        smaller = candidate;
        break;
      }
    }
    if (smaller === undefined) return smallest;
    smallest = smaller;
  }
}

/** Generates values that are simpler than a tagged value, the simplest ones first. */
export function* candidates(tagged: unknown): Generator<unknown> {
  if (typeof tagged === "string") yield* shorterTexts(tagged);
  else if (typeof tagged === "number") yield* smallerNumbers(tagged);
  else if (Array.isArray(tagged)) yield* smallerLists(tagged, (items) => items);
  else if (typeof tagged === "object" && tagged !== null) yield* smallerObjects(tagged);
}

function* smallerObjects(tagged: object): Generator<unknown> {
  const entries = Object.entries(tagged);
  const [tag, argument] = entries[0] ?? [];
  if (entries.length !== 1 || tag === undefined || !tag.startsWith("$")) {
    yield* smallerMembers(entries);
  } else if (tag === "$object") {
    yield* smallerMembers(argument as [unknown, unknown][]);
  } else if (tag === "$int") {
    const digits = argument as string;
    if (digits.startsWith("-")) yield { $int: digits.slice(1) };
    const half = BigInt(digits) / 2n;
    if (half !== BigInt(digits)) yield { $int: String(half) };
    const less = BigInt(digits) + (BigInt(digits) > 0n ? -1n : 1n);
    if (BigInt(digits) !== 0n) yield { $int: String(less) };
  } else if (tag === "$float") {
    const text = argument as string;
    if (text.startsWith("-") && text !== "-inf") yield { $float: text.slice(1) };
    const fewer = text.replace(/(\.\d+)\d(?=e|$)/, "$1");
    if (fewer !== text) yield { $float: fewer };
  } else if (tag === "$utf16") {
    const units = argument as string;
    for (let at = 0; at < units.length; at += 4) yield { $utf16: units.slice(0, at) + units.slice(at + 4) };
  }
}

function* smallerMembers(members: readonly (readonly [unknown, unknown])[]): Generator<unknown> {
  const build = (some: readonly (readonly [unknown, unknown])[]) => {
    const isPlain = some.every(([key]) => typeof key === "string" && !key.startsWith("$"));
    const isUnique = new Set(some.map(([key]) => JSON.stringify(key))).size === some.length;
    if (!isUnique) return undefined;
    return isPlain ? Object.fromEntries(some as [string, unknown][]) : { $object: some };
  };
  for (const [, value] of members) yield value;
  for (const at of members.keys()) yield build(members.toSpliced(at, 1));
  for (const [at, [key, value]] of members.entries()) {
    for (const candidate of candidates(value)) yield build(members.with(at, [key, candidate]));
    for (const candidate of candidates(key)) {
      const changed = build(members.with(at, [candidate, value]));
      if (changed !== undefined) yield changed;
    }
  }
}

function* smallerLists(items: readonly unknown[], build: (items: readonly unknown[]) => unknown): Generator<unknown> {
  yield* items;
  for (const at of items.keys()) yield build(items.toSpliced(at, 1));
  for (const [at, item] of items.entries()) {
    for (const candidate of candidates(item)) yield build(items.with(at, candidate));
  }
}

function* shorterTexts(text: string): Generator<unknown> {
  const points = Array.from(text);
  if (points.length > 1) {
    yield points.slice(0, points.length >> 1).join("");
    yield points.slice(points.length >> 1).join("");
  }
  for (const at of points.keys()) yield points.toSpliced(at, 1).join("");
}

function* smallerNumbers(value: number): Generator<unknown> {
  if (value < 0) yield -value;
  if (value !== 0) yield Math.trunc(value / 2);
  if (value !== 0) yield value > 0 ? value - 1 : value + 1;
}
