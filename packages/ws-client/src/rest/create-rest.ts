import { reasonOf, throwIfAborted } from "../aborted.js";
import { ClientError } from "../errors.js";
import type { GetToken, TokenReason } from "../options.js";
import { afterLimit, type Clock, systemClock } from "../timers.js";
import { createIdempotencyKey } from "./idempotency-key.js";
import { readReply } from "./read-reply.js";
import type { BrokerRest, DatafeedRest } from "./rest.js";
import { RestError, refusalOf } from "./rest-error.js";

export interface RestOptions {
  /** The base of all routes, `https://example.com/api/v1`. In a browser it can be relative to the page: `/api/v1`. */
  readonly baseUrl: string | URL;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * Returns the token, as for `createClient`. A token is reused until the server refuses it with 401, and is sent only in
   * the header Authorization. @default no authentication
   */
  readonly getToken?: GetToken;
  /** Maximum duration of a request, including `getToken`. In milliseconds; 0 = no limit. @default 10_000 */
  readonly timeoutMs?: number;
  /**
   * Maximum length of a reply, in characters. A longer one, or one that is nested deeper than 64, is not read further, and the
   * request fails with `invalid_reply`. 0 = no limit on the length.
   * @default 16_777_216
   */
  readonly maxReplyLength?: number;
  /**
   * Number of further attempts after a failure, if the request changes nothing or has an idempotency key: the connection failed, no
   * reply arrived in time, or the server is busy (429, 503). The server must execute requests with the same key once, as the
   * reference server does for ten minutes. @default 0
   */
  readonly retry?: number;
  /** The wait before the first further attempt, doubled for each one, unless the server sends Retry-After. @default 250 */
  readonly retryDelayMs?: number;
  /**
   * Whether commands have the header `Idempotency-Key`. False for a server whose CORS rules refuse the header; `retry` then repeats
   * no command. @default true
   */
  readonly idempotencyKeys?: boolean;
  /** Timers for `timeoutMs` and `retryDelayMs`. @default the platform's */
  readonly clock?: Pick<Clock, "after">;
}

/** All datafeed and broker routes. */
export type Rest = DatafeedRest &
  BrokerRest & {
    /**
     * Forgets the token, because the user has logged out or changed: the next request calls `getToken`. With `user_changed` fail a
     * request that has not been sent, a broker's read without a reply, and a command with the key of one whose reply was lost before.
     */
    logout(): void;
    /**
     * Returns the routes for the present user only: after `logout()` their requests fail with `user_changed`. Use them for a
     * command that depends on what was read before.
     */
    session(): DatafeedRest & BrokerRest;
  };

type Query = Readonly<Record<string, string | number | undefined>>;

interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Query;
  readonly body: unknown;
  /** Whether it changes nothing on the server: reads and previews. */
  readonly isRead: boolean;
  /** The idempotency key of a command. */
  readonly key?: string | undefined;
  /** Whether the server gets the key, and so executes the command once. */
  readonly isKeySent?: boolean;
}

/** Codes of failures after which the server may have executed a command. */
const IN_DOUBT: ReadonlySet<string> = new Set(["no_reply", "unreachable", "in_doubt"]);

/** Maximum wait between two attempts, unless the server sends Retry-After. */
const MAX_RETRY_DELAY_MS = 30_000;

/**
 * Creates a client of a server's REST routes over `fetch`. Creating one sends nothing.
 *
 * Every method rejects with a `RestError`, or with the reason of its signal.
 */
export function createRest(options: RestOptions): Rest {
  const { send, session, logout } = sender(options);
  const { idempotencyKeys = true } = options;
  return { ...routesOf(send, idempotencyKeys), logout, session: () => routesOf(session(), idempotencyKeys) };
}

type Send = <Reply>(request: RestRequest, signal?: AbortSignal) => Promise<Reply>;

function routesOf(send: Send, isKeySent: boolean): DatafeedRest & BrokerRest {
  const read = <Reply>(method: string, path: string, query: Query, body: unknown, signal?: AbortSignal) =>
    send<Reply>({ method, path, query, body, isRead: true }, signal);
  const get = <Reply>(path: string, query: Query, signal?: AbortSignal) =>
    read<Reply>("GET", path, query, undefined, signal);
  const post = <Reply>(path: string, query: Query, body: unknown, signal?: AbortSignal) =>
    read<Reply>("POST", path, query, body, signal);
  const command = <Reply>(
    [method, path]: [method: string, path: string],
    query: Query,
    body: unknown,
    signal?: AbortSignal,
    key = createIdempotencyKey(),
  ) => send<Reply>({ method, path, query, body, isRead: false, key, isKeySent }, signal);
  const part = encodeURIComponent;
  return {
    config: (signal) => get("/datafeed/config", {}, signal),
    search: (query, signal) => get("/datafeed/search", { ...query }, signal),
    resolve: (symbol, signal) => get(`/datafeed/resolve/${part(symbol)}`, {}, signal),
    bars: (query, signal) => get("/datafeed/bars", { ...query }, signal),
    trades: (query, signal) => get("/datafeed/trades", { ...query }, signal),
    time: (signal) => get("/datafeed/time", {}, signal),
    quotes: (symbols, signal) => post("/datafeed/quotes", {}, { symbols }, signal),
    account: (accountId, signal) => get("/broker/account", { accountId }, signal),
    orders: (accountId, signal) => get("/broker/orders", { accountId }, signal),
    positions: (accountId, signal) => get("/broker/positions", { accountId }, signal),
    executions: (accountId, symbol, signal) => get(`/broker/executions/${part(symbol)}`, { accountId }, signal),
    placeOrder: (accountId, order, signal, key) =>
      command(["POST", "/broker/orders"], { accountId }, order, signal, key),
    previewOrder: (accountId, order, signal) => post("/broker/orders/preview", { accountId }, order, signal),
    modifyOrder: (accountId, order, signal, key) =>
      command(["PUT", `/broker/orders/${part(order.id)}`], { accountId }, order, signal, key),
    cancelOrder: (accountId, orderId, signal, key) =>
      command(["DELETE", `/broker/orders/${part(orderId)}`], { accountId }, undefined, signal, key),
    closePosition: (accountId, positionId, amount, signal, key) =>
      command(["DELETE", `/broker/positions/${part(positionId)}`], { accountId, amount }, undefined, signal, key),
    editPositionBrackets: (accountId, positionId, brackets, signal, key) =>
      command(["PUT", `/broker/positions/${part(positionId)}/brackets`], { accountId }, brackets, signal, key),
    leverageInfo: (accountId, { symbol, orderType, side }, signal) =>
      get("/broker/leverage/info", { accountId, symbol, orderType, side }, signal),
    setLeverage: (accountId, params, signal, key) =>
      command(["PUT", "/broker/leverage/set"], { accountId }, params, signal, key),
    previewLeverage: (accountId, params, signal) => post("/broker/leverage/preview", { accountId }, params, signal),
  };
}

/** Returns the origin of a URL, undefined for an invalid one. `URL.canParse` is newer than the oldest browsers. */
function originOf(url: string, base: string | undefined): string | undefined {
  try {
    return new URL(url, base).origin;
  } catch {
    return undefined;
  }
}

/**
 * Returns the other reason why `fetch` fails for a page of another origin than the server's: browsers do not report to a page
 * which one it was. Empty for a page of the same origin, and outside of browsers.
 */
function refusedByBrowser(base: string): string {
  const { origin, href } = (globalThis as { readonly location?: { origin?: string; href?: string } }).location ?? {};
  // A file that the browser opened has the origin "null".
  if (!origin || (originOf(base, href) ?? origin) === origin) return "";
  return `, or does not allow pages of ${origin} (CORS): set ALLOWED_ORIGINS=${origin} on the server, or use a proxy`;
}

function sender({
  baseUrl,
  fetch,
  getToken,
  timeoutMs = 10_000,
  maxReplyLength = 2 ** 24,
  retry = 0,
  retryDelayMs = 250,
  clock = systemClock,
}: RestOptions) {
  const base = String(baseUrl).replace(/\/$/, "");
  /** Replaced by a logout: a request uses the token of the user who was logged in when it began, and of no other. */
  let session: { token?: string | null | undefined } = {};
  /** The users whose commands with these keys may have been executed. */
  const lostCommands = new Map<string, typeof session>();

  /** Sends the request once. */
  async function attempt(
    { method, path, query, body, key, isKeySent }: RestRequest,
    { token }: typeof session,
    signal: AbortSignal,
  ): Promise<Response> {
    // An order whose request timed out while waiting for the token must not be sent.
    throwIfAborted(signal);
    const headers = new Headers({ accept: "application/json, application/problem+json" });
    if (token) headers.set("authorization", `Bearer ${token}`);
    if (body !== undefined) headers.set("content-type", "application/json");
    if (key !== undefined && isKeySent) headers.set("idempotency-key", key);
    // Without `URLSearchParams`, which in React Native takes no list.
    const parameters = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
    );
    const search = parameters.length === 0 ? "" : `?${parameters.join("&")}`;
    return (fetch ?? globalThis.fetch)(base + path + search, {
      method,
      headers,
      signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async function fetchToken(user: typeof session, reason: TokenReason, signal: AbortSignal) {
    try {
      user.token = await getToken?.({ reason, signal });
    } catch (cause) {
      throw new RestError("token_failed", "getToken failed, so the request was not sent", { retryable: true, cause });
    }
    assertCurrent(user);
  }

  function assertCurrent(user: typeof session, effect = "request was not sent"): void {
    if (user !== session) throw new RestError("user_changed", `The user changed, so the ${effect}`);
  }

  async function exchange<Reply>(request: RestRequest, user: typeof session, signal: AbortSignal): Promise<Reply> {
    assertCurrent(user);
    if (!user.token) await fetchToken(user, "connect", signal);
    const used = user.token;
    let reply = await attempt(request, user, signal);
    if (reply.status === 401 && getToken) {
      // A concurrent request may have replaced the token already.
      if (user.token === used) await fetchToken(user, "rejected", signal);
      if (user.token) reply = await attempt(request, user, signal);
    }
    const name = `${request.method} ${request.path}`;
    if (!reply.ok) throw await refusalOf(reply, name);
    const { status } = reply;
    const { text, excess } = await readReply(reply, maxReplyLength);
    if (excess) throw new RestError("invalid_reply", `The reply to ${name} is ${excess}`, { status });
    try {
      return (text ? JSON.parse(text) : undefined) as Reply;
    } catch (cause) {
      throw new RestError("invalid_reply", `The reply to ${name} is not JSON`, { status, cause });
    }
  }

  /** Sends the request, and repeats it as `retry` allows. Each attempt has the same key and the token of the same user. */
  async function send<Reply>(request: RestRequest, signal?: AbortSignal, user = session): Promise<Reply> {
    const { key = "" } = request;
    const sentBy = lostCommands.get(key);
    const message = "The command was not repeated: the server may have executed it";
    if (sentBy && sentBy !== user) throw new RestError("user_changed", `${message} for the user before`);
    if (sentBy && !request.isKeySent) throw new RestError("in_doubt", message);
    for (let count = 0; ; count++) {
      try {
        const reply = await sendOnce<Reply>(request, user, signal);
        // The reply to a command is the user's own; the account's data must not be shown to the next user.
        if (request.isRead && request.path.startsWith("/broker")) assertCurrent(user, "reply was discarded");
        lostCommands.delete(key);
        return reply;
      } catch (error) {
        const isKnown = error instanceof RestError && error.code !== "invalid_reply" && !IN_DOUBT.has(error.code);
        const isLost = key !== "" && !isKnown;
        if (isLost) lostCommands.set(key, user);
        else lostCommands.delete(key);
        if (count >= retry || !(error instanceof RestError) || !canRepeat(request, error)) throw error;
        await delay(error.retryAfterMs ?? Math.min(retryDelayMs * 2 ** count, MAX_RETRY_DELAY_MS), signal);
        // Not `user_changed`, which says that nothing was sent.
        if (isLost && user !== session) throw error;
      }
    }
  }

  /** Waits, unless the signal is aborted meanwhile. */
  function delay(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(delayMs, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      const onAbort = () => {
        cancel();
        if (signal) reject(reasonOf(signal));
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  async function sendOnce<Reply>(request: RestRequest, user: typeof session, signal?: AbortSignal): Promise<Reply> {
    throwIfAborted(signal);
    const name = `${request.method} ${request.path}`;
    const { isRead } = request;
    const warning = isRead ? "" : "; the server may have executed it";
    const ended = new AbortController();
    let reason: unknown;
    const end = (why: unknown) => {
      reason = why;
      ended.abort(why);
    };
    const stopped = new Promise<never>((_, reject) => {
      ended.signal.addEventListener("abort", () => reject(reason));
    });
    const onAbort = () => end(signal && reasonOf(signal));
    signal?.addEventListener("abort", onAbort);
    const onTimeout = () => {
      const message = `No reply to ${name} within ${timeoutMs} ms${warning}`;
      end(new RestError("no_reply", message, { retryable: isRead }));
    };
    const cancel = afterLimit(clock, timeoutMs, onTimeout);
    try {
      // The race is needed because `getToken` can ignore its signal.
      return await Promise.race([exchange<Reply>(request, user, ended.signal), stopped]);
    } catch (cause) {
      if (ended.signal.aborted) throw reason;
      if (cause instanceof ClientError) throw cause;
      const message = `${name} failed: the server is unreachable${refusedByBrowser(base)}${warning}`;
      throw new RestError("unreachable", message, { retryable: isRead, cause });
    } finally {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  return {
    send,
    session(): Send {
      const user = session;
      return (request, signal) => send(request, signal, user);
    },
    logout() {
      session = {};
    },
  };
}

/** Returns whether repeating a request can succeed, and has no effect if it was executed. */
function canRepeat({ isRead, isKeySent = false }: RestRequest, { code, retryable }: RestError): boolean {
  return retryable || ((isRead || isKeySent) && IN_DOUBT.has(code));
}
