import { type Chance, mutate } from "./chance.js";

/** The text of something that may once have broken a server. */
const STRINGS = [
  ...["", " ", "A", "AAPL", "MSFT", "refused", "ended", "slow", "1", "D", "1.0", "null", "true"],
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "then", "toJSON", "length"],
  ...[
    "\0",
    "a\0b",
    "\ud800",
    "\udc00\ud800",
    "\u202eLPAA",
    "\u200b",
    "\ufeff",
    "e\u0301",
    "é",
    "ﬀ",
    "😀",
    "\u{10ffff}",
  ],
  ...[
    "\r\n",
    "\x1b[31m",
    '"}',
    '","type":"x',
    "\\",
    "\\u0000",
    "bars:{}",
    'bars:{"symbol":"AAPL"}',
    "../../etc/passwd",
  ],
  ...["x".repeat(64), "x".repeat(65), "x".repeat(257), "😀".repeat(40), "\0".repeat(64), "x".repeat(5_000)],
];
const KEYS = [
  "symbol",
  "resolution",
  "symbols",
  "fast_symbols",
  "type",
  "payload",
  "id",
  "resume",
  "epoch",
  "offset",
  "token",
];
const NUMBERS = [
  "0",
  "-0",
  "1",
  "1.0",
  "1e0",
  "1e400",
  "-1e400",
  "1e-400",
  "9007199254740991",
  "9007199254740992",
  "0.1",
];
const NO_NUMBERS = ["NaN", "Infinity", "01", "+1", "1.", ".5", "0x1", "undefined", "'a'", "// c", "9".repeat(400)];
const ROUTES = ["bars", "quotes", "trades"];
const TYPES = [
  ...ROUTES.flatMap((route) =>
    ["subscribe", "unsubscribe", "update", "subscribe.response"].map((verb) => `${route}.${verb}`),
  ),
  ...[
    "ping",
    "pong",
    "auth.login",
    "session.welcome",
    "subscription.current",
    "server.draining",
    "error",
    "bars",
    "bars.",
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "__proto__.subscribe",
    "constructor.subscribe",
    "orders.subscribe",
    "BARS.subscribe",
  ],
];
const RESOLUTIONS = ["1", "5", "15", "30", "60", "D", "W", "M"];

const NO_TEXT = '{"toString":0,"valueOf":0}';

/** Objects that throw where something makes a text or a number of them, or of what they say is their length. */
export const UNPRINTABLE = [
  NO_TEXT,
  `{"length":${NO_TEXT}}`,
  `{"size":${NO_TEXT},"length":{"toString":"","constructor":null}}`,
  `{"constructor":${NO_TEXT},"toString":${NO_TEXT},"valueOf":[],"toJSON":"","then":${NO_TEXT}}`,
  `{"__proto__":${NO_TEXT},"hasOwnProperty":0,"length":{"__proto__":null,"toString":null}}`,
  `[${NO_TEXT},{"length":${NO_TEXT}}]`,
] as const;

/** Members that put something on every object of a program that merges them by hand. */
const POLLUTION = ['"__proto__":{"polluted":true}', '"constructor":{"prototype":{"polluted":true}}'];

/** Any JSON value, as text, and now and then something that is none. */
export function hostileValue(chance: Chance, depth = 0): string {
  if (chance.oneIn(8)) return chance.pick(UNPRINTABLE);
  const kind = chance.int(depth > 3 ? 5 : 9);
  if (kind <= 1) return JSON.stringify(chance.pick(STRINGS));
  if (kind === 2) return chance.pick(NUMBERS);
  if (kind === 3) return chance.pick(["null", "true", "false", "[]", "{}"]);
  if (kind === 4) return chance.oneIn(6) ? chance.pick(NO_NUMBERS) : String(chance.int(2 ** 32) - 2 ** 31);
  if (kind === 5) return `[${chance.list(chance.int(4), () => hostileValue(chance, depth + 1))}]`;
  if (kind === 6) return hostileObject(chance, depth);
  if (kind === 7 && chance.oneIn(4)) return `[${Array(chance.int(3_000)).fill(hostileValue(chance, 4))}]`;
  return nested(chance, chance.oneIn(4) ? chance.int(4_000) : chance.int(40));
}

function nested(chance: Chance, depth: number): string {
  if (chance.oneIn(2)) return "[".repeat(depth) + "]".repeat(depth);
  return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}

function hostileObject(chance: Chance, depth: number): string {
  return `{${chance.list(chance.int(4), () => member(hostileKey(chance), hostileValue(chance, depth + 1)))}}`;
}

function hostileKey(chance: Chance): string {
  return chance.oneIn(2) ? chance.pick(KEYS) : chance.pick(STRINGS);
}

function member(key: string, value: string): string {
  return `${JSON.stringify(key)}:${value}`;
}

/** An envelope with anything wrong: types, keys, order, and the very text. */
export function hostileEnvelope(chance: Chance): Buffer {
  if (chance.oneIn(10)) return Buffer.from(hostileValue(chance));
  const members = [
    member("type", chance.oneIn(8) ? hostileValue(chance) : JSON.stringify(chance.pick(TYPES))),
    member("payload", chance.oneIn(3) ? hostileValue(chance) : hostileParams(chance, chance.pick(ROUTES), 12)),
  ];
  if (chance.oneIn(2)) members.push(member("id", chance.oneIn(3) ? hostileValue(chance) : String(chance.int(1_000))));
  if (chance.oneIn(6)) members.push(member("resume", chance.oneIn(2) ? hostileValue(chance) : position(chance)));
  if (chance.oneIn(6)) members.push(chance.pick(POLLUTION));
  if (chance.oneIn(6)) members.push(member(hostileKey(chance), hostileValue(chance)));
  if (chance.oneIn(6)) members.push(chance.pick(members));
  if (chance.oneIn(6)) members.reverse();
  if (chance.oneIn(12)) members.shift();
  const json = Buffer.from(`{${members.join(chance.oneIn(8) ? " ,\n\t" : ",")}}`);
  return chance.oneIn(4) ? mutate(chance, json) : json;
}

/** A subscribe or unsubscribe whose envelope is right, and whose params are mostly so; now and then a login. */
export function hostilePayload(chance: Chance): Buffer {
  if (chance.oneIn(16)) return hostileLogin(chance);
  const route = chance.pick(ROUTES);
  const verb = chance.pick(["subscribe", "subscribe", "unsubscribe"]);
  const members = [member("type", `"${route}.${verb}"`), member("payload", hostileParams(chance, route, 50))];
  if (chance.oneIn(2))
    members.push(member("id", chance.oneIn(2) ? JSON.stringify(idText(chance)) : String(chance.int(99))));
  if (chance.oneIn(8)) members.push(member("resume", position(chance)));
  return Buffer.from(`{${members}}`);
}

function hostileLogin(chance: Chance): Buffer {
  const token = chance.oneIn(2) ? hostileValue(chance) : JSON.stringify(chance.pick(STRINGS));
  return Buffer.from(`{"type":"auth.login","payload":{"token":${token}}}`);
}

/** Of at most 64 characters, as an id may be. */
function idText(chance: Chance): string {
  return chance.pick(STRINGS).slice(0, 64);
}

function position(chance: Chance): string {
  return `{"epoch":${JSON.stringify(idText(chance) || "e")},"offset":${chance.pick(["0", "1", "100", "9007199254740991"])}}`;
}

/** @param wrongOneIn each field is hostile in one of so many cases */
function hostileParams(chance: Chance, route: string, wrongOneIn: number): string {
  const field = (key: string, value: () => string) =>
    chance.oneIn(wrongOneIn) ? member(hostileKey(chance), hostileValue(chance)) : member(key, value());
  const symbol = () => JSON.stringify(symbolText(chance));
  const symbols = () => `[${chance.list(chance.oneIn(20) ? chance.int(600) : chance.int(4), symbol)}]`;
  const members =
    route === "bars"
      ? [field("symbol", symbol), field("resolution", () => JSON.stringify(chance.pick(RESOLUTIONS)))]
      : route === "quotes"
        ? [field("symbols", symbols), field("fast_symbols", symbols)]
        : [field("symbol", symbol)];
  if (chance.oneIn(8)) members.push(chance.pick(POLLUTION));
  if (chance.oneIn(8)) members.push(member(hostileKey(chance), hostileValue(chance)));
  if (chance.oneIn(8)) members.push(chance.pick(members));
  return `{${members}}`;
}

/** Mostly what a symbol may be: well-formed, of 1 to 64 characters. */
function symbolText(chance: Chance): string {
  const text = chance.pick(STRINGS);
  if (chance.oneIn(20)) return text;
  return Buffer.from(text.slice(0, 64)).toString() || "A";
}
