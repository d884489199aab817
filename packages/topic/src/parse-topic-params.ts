import { float } from "./build-topic-params.js";

/** A token of canonical JSON, except strings. */
const TOKEN = /-?\d[\d.e+-]*|true|false|[[\]{},:]/y;

const MAX_DEPTH = 64;

/**
 * Parses the JSON that `buildTopicParams` writes, with its types: `JSON.parse` would round integers beyond 2^53 - 1 and
 * lose that `1.0` is a float. It does not check order and spelling, because the caller builds the result again and
 * compares.
 *
 * @returns the value, in an object; undefined if the text is not such JSON
 */
export function parseTopicParams(text: string): { readonly value: unknown } | undefined {
  let position = 0;
  const next = (): string => {
    if (text[position] === '"') return string();
    TOKEN.lastIndex = position;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) throw new SyntaxError(`unexpected token at ${position}`);
    position += token.length;
    return token;
  };

  // Not a regular expression, because it would overflow the stack on millions of escapes.
  const string = (): string => {
    const start = position++;
    while (text[position] !== '"') {
      position += text[position] === "\\" ? 2 : 1;
      if (position >= text.length) throw new SyntaxError("unterminated string");
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
      if (typeof key !== "string" || next() !== ":") throw new SyntaxError("expected a key and a colon");
      members.push([key, value(next(), depth + 1)]);
      token = next();
      if (token === ",") token = next();
    }
    // Unlike assignment, this creates an ordinary property even for `__proto__`.
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
    if (!Number.isFinite(value)) throw new SyntaxError("float is not finite");
    return float(value);
  }
  if (Number.isSafeInteger(value)) return value;
  // Longer integers are never canonical, and parsing them takes quadratic time.
  if (token.length > 4301) throw new SyntaxError("integer too long");
  return BigInt(token);
}
