import { mutate, type RandomSource } from "./random-source.js";

/** JSON texts of values that are known to break servers. */
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

/** Objects that throw when converted to a string or number, or whose `length` misleads. */
export const UNPRINTABLE = [
  NO_TEXT,
  `{"length":${NO_TEXT}}`,
  `{"size":${NO_TEXT},"length":{"toString":"","constructor":null}}`,
  `{"constructor":${NO_TEXT},"toString":${NO_TEXT},"valueOf":[],"toJSON":"","then":${NO_TEXT}}`,
  `{"__proto__":${NO_TEXT},"hasOwnProperty":0,"length":{"__proto__":null,"toString":null}}`,
  `[${NO_TEXT},{"length":${NO_TEXT}}]`,
] as const;

/** Members that pollute the prototype when a program merges objects without a check. */
const POLLUTION = ['"__proto__":{"polluted":true}', '"constructor":{"prototype":{"polluted":true}}'];

/** Makes the text of a random JSON value, and occasionally invalid JSON. */
export function hostileValue(random: RandomSource, depth = 0): string {
  if (random.oneIn(8)) return random.pick(UNPRINTABLE);
  const kind = random.int(depth > 3 ? 5 : 9);
  if (kind <= 1) return JSON.stringify(random.pick(STRINGS));
  if (kind === 2) return random.pick(NUMBERS);
  if (kind === 3) return random.pick(["null", "true", "false", "[]", "{}"]);
  if (kind === 4) return random.oneIn(6) ? random.pick(NO_NUMBERS) : String(random.int(2 ** 32) - 2 ** 31);
  if (kind === 5) return `[${random.list(random.int(4), () => hostileValue(random, depth + 1))}]`;
  if (kind === 6) return hostileObject(random, depth);
  if (kind === 7 && random.oneIn(4)) return `[${Array(random.int(3_000)).fill(hostileValue(random, 4))}]`;
  return nested(random, random.oneIn(4) ? random.int(4_000) : random.int(40));
}

function nested(random: RandomSource, depth: number): string {
  if (random.oneIn(2)) return "[".repeat(depth) + "]".repeat(depth);
  return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}

function hostileObject(random: RandomSource, depth: number): string {
  return `{${random.list(random.int(4), () => member(hostileKey(random), hostileValue(random, depth + 1)))}}`;
}

function hostileKey(random: RandomSource): string {
  return random.oneIn(2) ? random.pick(KEYS) : random.pick(STRINGS);
}

function member(key: string, value: string): string {
  return `${JSON.stringify(key)}:${value}`;
}

/** Makes an envelope with random errors in its types, keys, order and text. */
export function hostileEnvelope(random: RandomSource): Buffer {
  if (random.oneIn(10)) return Buffer.from(hostileValue(random));
  const members = [
    member("type", random.oneIn(8) ? hostileValue(random) : JSON.stringify(random.pick(TYPES))),
    member("payload", random.oneIn(3) ? hostileValue(random) : hostileParams(random, random.pick(ROUTES), 12)),
  ];
  if (random.oneIn(2)) members.push(member("id", random.oneIn(3) ? hostileValue(random) : String(random.int(1_000))));
  if (random.oneIn(6)) members.push(member("resume", random.oneIn(2) ? hostileValue(random) : position(random)));
  if (random.oneIn(6)) members.push(random.pick(POLLUTION));
  if (random.oneIn(6)) members.push(member(hostileKey(random), hostileValue(random)));
  if (random.oneIn(6)) members.push(random.pick(members));
  if (random.oneIn(6)) members.reverse();
  if (random.oneIn(12)) members.shift();
  const json = Buffer.from(`{${members.join(random.oneIn(8) ? " ,\n\t" : ",")}}`);
  return random.oneIn(4) ? mutate(random, json) : json;
}

/** Makes a subscribe or unsubscribe request with a valid envelope and mostly valid params, and occasionally a login. */
export function hostilePayload(random: RandomSource): Buffer {
  if (random.oneIn(16)) return hostileLogin(random);
  const route = random.pick(ROUTES);
  const verb = random.pick(["subscribe", "subscribe", "unsubscribe"]);
  const members = [member("type", `"${route}.${verb}"`), member("payload", hostileParams(random, route, 50))];
  if (random.oneIn(2))
    members.push(member("id", random.oneIn(2) ? JSON.stringify(idText(random)) : String(random.int(99))));
  if (random.oneIn(8)) members.push(member("resume", position(random)));
  return Buffer.from(`{${members}}`);
}

function hostileLogin(random: RandomSource): Buffer {
  const token = random.oneIn(2) ? hostileValue(random) : JSON.stringify(random.pick(STRINGS));
  return Buffer.from(`{"type":"auth.login","payload":{"token":${token}}}`);
}

/** Makes an id of at most 64 characters, the limit of the protocol. */
function idText(random: RandomSource): string {
  return random.pick(STRINGS).slice(0, 64);
}

function position(random: RandomSource): string {
  return `{"epoch":${JSON.stringify(idText(random) || "e")},"offset":${random.pick(["0", "1", "100", "9007199254740991"])}}`;
}

/** @param wrongOneIn the reciprocal of the probability that a field is hostile */
function hostileParams(random: RandomSource, route: string, wrongOneIn: number): string {
  const field = (key: string, value: () => string) =>
    random.oneIn(wrongOneIn) ? member(hostileKey(random), hostileValue(random)) : member(key, value());
  const symbol = () => JSON.stringify(symbolText(random));
  const symbols = () => `[${random.list(random.oneIn(20) ? random.int(600) : random.int(4), symbol)}]`;
  const members =
    route === "bars"
      ? [field("symbol", symbol), field("resolution", () => JSON.stringify(random.pick(RESOLUTIONS)))]
      : route === "quotes"
        ? [field("symbols", symbols), field("fast_symbols", symbols)]
        : [field("symbol", symbol)];
  if (random.oneIn(8)) members.push(random.pick(POLLUTION));
  if (random.oneIn(8)) members.push(member(hostileKey(random), hostileValue(random)));
  if (random.oneIn(8)) members.push(random.pick(members));
  return `{${members}}`;
}

/** Makes a symbol that is mostly valid: well-formed, with 1 to 64 characters. */
function symbolText(random: RandomSource): string {
  const text = random.pick(STRINGS);
  if (random.oneIn(20)) return text;
  return Buffer.from(text.slice(0, 64)).toString() || "A";
}
