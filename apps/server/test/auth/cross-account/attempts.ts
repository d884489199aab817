/** A reproducible source of numbers: the same seed gives the same attempts. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.abs(seed) % 2_147_483_646) + 1;
  }

  /** Returns a whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    return this.#state % limit;
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)] as Value;
  }
}

/** The attacker's knowledge about the victim: guessed, or seen over the shoulder. */
export interface Known {
  readonly accountId: string;
  readonly orderIds: readonly string[];
  readonly positionIds: readonly string[];
  readonly symbol: string;
}

/** An HTTP request as it is written on the connection. */
export interface RestAttempt {
  readonly kind: "rest";
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** Whether the request names the attacker's own account and no other, so that it may succeed. */
  readonly isOwn: boolean;
}

export interface SocketAttempt {
  readonly kind: "socket";
  readonly frame: object;
  /** Whether the attacker is logged in. */
  readonly withToken: boolean;
  readonly isOwn: boolean;
}

export type Attempt = RestAttempt | SocketAttempt;

/** The private endpoints, with the prefix of the API. */
export interface Endpoint {
  readonly method: string;
  readonly path: string;
}

const FULL_WIDTH = 0xfee0;

/** Spellings of an account's id that a careless comparison, or a careless decoder, takes for the id itself. */
const SPELLINGS: readonly ((victim: string, own: string) => string)[] = [
  (victim) => victim,
  (victim) => victim.toLowerCase(),
  (victim) => victim.toUpperCase(),
  (victim) => victim.normalize("NFD"),
  (victim) => victim.normalize("NFKC"),
  (victim) => [...victim].map(fullWidth).join(""),
  (victim) => ` ${victim}`,
  (victim) => `${victim} `,
  (victim) => `${victim}\t`,
  (victim) => `${victim}\0`,
  (victim) => `${victim}\0suffix`,
  (victim) => `${victim}\u200b`,
  (victim) => `\ufeff${victim}`,
  (victim) => `${victim}.`,
  (victim) => `${victim}/`,
  (victim) => `./${victim}`,
  (victim, own) => `${own}/../${victim}`,
  (victim, own) => `${own},${victim}`,
  (victim, own) => `${own};${victim}`,
  (victim, own) => `${own}\n${victim}`,
  (victim, own) => `${own}&accountId=${victim}`,
  (victim, own) => `["${own}","${victim}"]`,
  (victim) => `["${victim}"]`,
  (victim) => `"${victim}"`,
  (victim) => `%${victim.slice(1)}`,
  (victim) => `${victim.slice(0, 3)}%`,
  (victim) => `${victim}' OR '1'='1`,
  (victim) => encodeURIComponent(encodeURIComponent(victim)),
  (victim) => [...Buffer.from(victim)].map((byte) => `%${byte.toString(16)}`).join(""),
  (victim) => victim.replace(/[oi]/gi, (letter) => (letter.toLowerCase() === "o" ? "0" : "1")),
  (victim) => victim.replaceAll("i", "ı").replaceAll("I", "İ"),
  () => "*",
  () => "%",
  () => "__proto__",
  () => "constructor",
];

function fullWidth(letter: string): string {
  const code = letter.charCodeAt(0);
  return code > 0x20 && code < 0x7f ? String.fromCharCode(code + FULL_WIDTH) : letter;
}

/** Ways to name two accounts, or one in a place where it is not expected. Each gets the encoded ids. */
const QUERIES: readonly ((victim: string, own: string) => string)[] = [
  (victim) => `accountId=${victim}`,
  (victim, own) => `accountId=${own}&accountId=${victim}`,
  (victim, own) => `accountId=${victim}&accountId=${own}`,
  (victim, own) => `accountId=${own}&accountId[]=${victim}`,
  (victim, own) => `accountId=${own}&account_id=${victim}`,
  (victim, own) => `accountId=${own}&AccountId=${victim}`,
  (victim, own) => `accountId=${own}&accountid=${victim}`,
  (victim, own) => `accountId=${own}%26accountId=${victim}`,
  (victim, own) => `accountId=${own};accountId=${victim}`,
  (victim, own) => `accountId=${own}#accountId=${victim}`,
  (victim) => `accountId[]=${victim}`,
  (victim) => `accountId[0]=${victim}`,
  (victim) => `accountId[accountId]=${victim}`,
  (victim) => `%61ccountId=${victim}`,
];

/** Headers that a proxy or a framework of another server takes for the user. */
const CLAIMS: readonly ((victim: string) => Record<string, string>)[] = [
  () => ({}),
  (victim) => ({ "x-account-id": victim }),
  (victim) => ({ "x-user": victim, "x-forwarded-user": victim, "remote-user": victim }),
  (victim) => ({ cookie: `accountId=${victim}; account=${victim}` }),
  () => ({ "x-http-method-override": "GET" }),
  () => ({ "x-original-url": "/api/v1/broker/orders", "x-rewrite-url": "/api/v1/broker/orders" }),
];

/** The tokens of an attacker: the own one, none, and forged ones. */
export interface Tokens {
  readonly own: string;
  readonly forged: readonly string[];
}

/**
 * Returns tokens that claim the victim's account without the key: the own token with other claims, with no algorithm, and
 * with parts of the own signature.
 */
export function forgedTokens(own: string, victim: string): readonly string[] {
  const [head = "", body = "", signature = ""] = own.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as object;
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claiming = encode({ ...claims, accounts: [victim] });
  return [
    `${head}.${claiming}.${signature}`,
    `${encode({ alg: "none", typ: "JWT" })}.${claiming}.`,
    `${encode({ alg: "None", typ: "JWT" })}.${claiming}.${signature}`,
    `${encode({ alg: "HS256", typ: "JWT", jwk: { kty: "oct", k: "AA" } })}.${claiming}.${signature}`,
    `${head}.${claiming}.${"A".repeat(43)}`,
    `${head}.${body}.${signature.slice(1)}`,
    `${own}.${claiming}`,
  ];
}

/** Returns the attempts that every run begins with: one for each rule that has to decide. */
export function plainAttempts(own: string, { accountId }: Known, tokens: Tokens): readonly Attempt[] {
  const rest = (account: string, token: string): Attempt => ({
    kind: "rest",
    method: "GET",
    path: `/api/v1/broker/orders?accountId=${encodeURIComponent(account)}`,
    headers: token === "" ? {} : { authorization: `Bearer ${token}` },
    isOwn: account === own && token === tokens.own,
  });
  const socket = (account: string): Attempt => ({
    kind: "socket",
    frame: { type: "orders.subscribe", payload: { accountId: account } },
    withToken: true,
    isOwn: account === own,
  });
  const forged = tokens.forged.map((token) => rest(accountId, token));
  return [
    rest(own, tokens.own),
    rest(accountId, tokens.own),
    rest(accountId, ""),
    ...forged,
    socket(own),
    socket(accountId),
  ];
}

/** Returns the next attempt on the victim's account. */
export function nextAttempt(
  dice: Dice,
  endpoints: readonly Endpoint[],
  routes: readonly string[],
  { own, victim, tokens }: { readonly own: string; readonly victim: Known; readonly tokens: Tokens },
): Attempt {
  return dice.below(3) > 0
    ? restAttempt(dice, dice.pick(endpoints), own, victim, tokens)
    : socketAttempt(dice, routes, own, victim, tokens);
}

function restAttempt(dice: Dice, { method, path }: Endpoint, own: string, victim: Known, tokens: Tokens): RestAttempt {
  const spelled = dice.pick(SPELLINGS)(victim.accountId, own);
  // A third of the attempts stay in the attacker's account and name what belongs to the victim there.
  const staysAtHome = dice.below(3) === 0;
  const query = staysAtHome
    ? `accountId=${encodeURIComponent(own)}`
    : dice.pick(QUERIES)(encodeURIComponent(spelled), encodeURIComponent(own));
  const id = dice.pick([...victim.orderIds, ...victim.positionIds, spelled]);
  const encodedId = dice.pick([
    encodeURIComponent(id),
    `${encodeURIComponent(id)}%00`,
    `..%2f${encodeURIComponent(id)}`,
    `%2e%2e%2forders%2f${encodeURIComponent(id)}`,
  ]);
  const filled = path.replace("{id}", encodedId).replace("{symbol}", victim.symbol);
  const token = dice.below(3) > 0 ? tokens.own : dice.pick(["", ...tokens.forged]);
  const authorization = dice.pick([`Bearer ${token}`, `bearer ${token}`, `Bearer  ${token}`]);
  const hasBody = method === "POST" || method === "PUT";
  const order = {
    symbol: victim.symbol,
    type: 1,
    side: 1,
    qty: 1,
    limitPrice: 1,
    stopLoss: 0.5,
    leverage: 7,
    orderType: 1,
  };
  const claims = {
    id,
    orderId: id,
    accountId: victim.accountId,
    account: victim.accountId,
    accounts: [victim.accountId],
  };
  const rest = path.includes("leverage/info") ? `&symbol=${victim.symbol}&orderType=1&side=1` : "";
  return {
    kind: "rest",
    method,
    path: `${filled}?${query}${rest}`,
    headers: {
      ...(token !== "" && { authorization }),
      ...dice.pick(CLAIMS)(encodeURIComponent(victim.accountId)),
      ...(hasBody && { "content-type": "application/json" }),
    },
    ...(hasBody && { body: JSON.stringify({ ...order, ...(dice.below(2) > 0 && claims) }) }),
    isOwn: namesOnly(query, own) && token === tokens.own,
  };
}

/** Returns whether a query names this account and no other: further parameters and fragments have no meaning. */
function namesOnly(query: string, accountId: string): boolean {
  const [parameters] = query.split("#");
  const named = new URLSearchParams(parameters).getAll("accountId");
  return named.length === 1 && named[0] === accountId;
}

/** Values in place of the account's id. */
function accountValues(spelled: string, own: string): readonly unknown[] {
  return [
    spelled,
    spelled,
    spelled,
    [spelled],
    [own, spelled],
    { toString: spelled },
    { accountId: spelled },
    null,
    true,
    0,
  ];
}

function socketAttempt(
  dice: Dice,
  routes: readonly string[],
  own: string,
  victim: Known,
  tokens: Tokens,
): SocketAttempt {
  const spelled = dice.pick(SPELLINGS)(victim.accountId, own);
  const route = dice.pick(routes);
  const withToken = dice.below(4) > 0;
  if (dice.below(8) === 0) {
    return {
      kind: "socket",
      frame: { type: "auth.login", payload: { token: dice.pick(tokens.forged) } },
      withToken,
      isOwn: false,
    };
  }
  const isOwn = dice.below(4) === 0;
  const accountId = isOwn ? own : dice.pick(accountValues(spelled, own));
  const topic = `${route}:{"accountId":${JSON.stringify(victim.accountId)}}`;
  const foreign = dice.pick([
    {},
    { topic },
    { account: victim.accountId },
    { AccountId: victim.accountId },
    { "accountId ": victim.accountId },
  ]);
  const symbol = route === "executions" ? { symbol: dice.pick([null, victim.symbol]) } : {};
  const verb = dice.pick(["subscribe", "subscribe", "subscribe", "unsubscribe", "update"]);
  const resume = dice.pick([
    {},
    {},
    { resume: { epoch: dice.pick(["0", "1", victim.accountId, spelled]).slice(0, 64) || "1", offset: dice.below(50) } },
  ]);
  return {
    kind: "socket",
    frame: { type: `${route}.${verb}`, payload: { accountId, ...symbol, ...foreign }, ...resume },
    withToken,
    isOwn: isOwn && withToken,
  };
}
