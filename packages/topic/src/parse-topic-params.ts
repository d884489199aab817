import { float } from "./build-topic-params.js";

/** One token of canonical JSON other than a string. */
const TOKEN = /-?\d[\d.e+-]*|true|false|[[\]{},:]/y;

const MAX_DEPTH = 64;

/**
 * Reads JSON with the types that `buildTopicParams` writes: `JSON.parse` would round integers past 2^53 - 1 and forget
 * that `1.0` is a float. Lenient about order and spelling, since its caller builds the result again and compares.
 *
 * @returns the value in a box, or undefined where the text is no such JSON
 */
export function parseTopicParams(text: string): { readonly value: unknown } | undefined {
  let position = 0;
  const next = (): string => {
    if (text[position] === '"') return string();
    TOKEN.lastIndex = position;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) throw new SyntaxError(`no token at ${position}`);
    position += token.length;
    return token;
  };

  // By hand, because a regular expression runs out of stack on millions of escapes.
  const string = (): string => {
    const start = position++;
    while (text[position] !== '"') {
      position += text[position] === "\\" ? 2 : 1;
      if (position >= text.length) throw new SyntaxError("no end of string");
    }
    return text.slice(start, ++position);
  };

  const value = (token: string, depth: number): unknown => {
    if (depth > MAX_DEPTH) throw new SyntaxError("too deep");
    if (token === "[") return array(depth);
    if (token === "{") return object(depth);
    if (token === "true" || token === "false") return token === "true";
    if (token.startsWith('"')) return JSON.parse(token);
    return number(token);
  };

  const array = (depth: number): unknown[] => {
    const items: unknown[] = [];
    let token = next();
    while (token !== "]") {
      items.push(value(token, depth + 1));
      token = next();
      if (token === ",") token = next();
    }
    return items;
  };

  const object = (depth: number): object => {
    const members: [string, unknown][] = [];
    let token = next();
    while (token !== "}") {
      const key = value(token, depth);
      if (typeof key !== "string" || next() !== ":") throw new SyntaxError("not a member");
      members.push([key, value(next(), depth + 1)]);
      token = next();
      if (token === ",") token = next();
    }
    // Unlike assignment, this makes `__proto__` a member like any other.
    return Object.fromEntries(members);
  };

  try {
    const result = value(next(), 0);
    return position === text.length ? { value: result } : undefined;
  } catch {
    return undefined;
  }
}

function number(token: string): unknown {
  const value = Number(token);
  if (/[.e]/.test(token)) {
    if (!Number.isFinite(value)) throw new SyntaxError("no finite float");
    return float(value);
  }
  if (Number.isSafeInteger(value)) return value;
  // Longer ones are no canonical topic, and reading them would take quadratic time.
  if (token.length > 4301) throw new SyntaxError("integer too long");
  return BigInt(token);
}
