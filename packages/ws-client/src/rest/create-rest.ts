import { ClientError } from "../errors.js";
import type { GetToken, TokenReason } from "../options.js";
import { afterLimit, boundedAfter, type Clock, systemClock } from "../timers.js";
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
  /** Timers for `timeoutMs`. @default the platform's */
  readonly clock?: Pick<Clock, "after">;
}

/** All datafeed and broker routes. */
export type Rest = DatafeedRest &
  BrokerRest & {
    /**
     * Forgets the token, because the user has logged out or changed: the next request calls `getToken`. A request that has
     * not been sent fails with `user_changed`.
     */
    logout(): void;
  };

type Query = Readonly<Record<string, string | number | undefined>>;

interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Query;
  readonly body: unknown;
}

/**
 * Creates a client of a server's REST routes over `fetch`. Creating one sends nothing.
 *
 * Every method rejects with a `RestError`, or with the reason of its signal.
 */
export function createRest(options: RestOptions): Rest {
  const { send, logout } = sender(options);
  const get = <Reply>(path: string, query: Query, signal?: AbortSignal) =>
    send<Reply>({ method: "GET", path, query, body: undefined }, signal);
  const put = <Reply>(path: string, query: Query, body: unknown, signal?: AbortSignal) =>
    send<Reply>({ method: "PUT", path, query, body }, signal);
  const post = <Reply>(path: string, query: Query, body: unknown, signal?: AbortSignal) =>
    send<Reply>({ method: "POST", path, query, body }, signal);
  const remove = (path: string, query: Query, signal?: AbortSignal) =>
    send<void>({ method: "DELETE", path, query, body: undefined }, signal);
  const part = encodeURIComponent;
  return {
    logout,
    config: (signal) => get("/datafeed/config", {}, signal),
    search: (query, signal) => get("/datafeed/search", { ...query }, signal),
    resolve: (symbol, signal) => get(`/datafeed/resolve/${part(symbol)}`, {}, signal),
    bars: (query, signal) => get("/datafeed/bars", { ...query }, signal),
    time: (signal) => get("/datafeed/time", {}, signal),
    quotes: (symbols, signal) => post("/datafeed/quotes", {}, { symbols }, signal),
    account: (accountId, signal) => get("/broker/account", { accountId }, signal),
    orders: (accountId, signal) => get("/broker/orders", { accountId }, signal),
    positions: (accountId, signal) => get("/broker/positions", { accountId }, signal),
    executions: (accountId, symbol, signal) => get(`/broker/executions/${part(symbol)}`, { accountId }, signal),
    placeOrder: (accountId, order, signal) => post("/broker/orders", { accountId }, order, signal),
    previewOrder: (accountId, order, signal) => post("/broker/orders/preview", { accountId }, order, signal),
    modifyOrder: (accountId, order, signal) => put(`/broker/orders/${part(order.id)}`, { accountId }, order, signal),
    cancelOrder: (accountId, orderId, signal) => remove(`/broker/orders/${part(orderId)}`, { accountId }, signal),
    closePosition: (accountId, positionId, amount, signal) =>
      remove(`/broker/positions/${part(positionId)}`, { accountId, amount }, signal),
    editPositionBrackets: (accountId, positionId, brackets, signal) =>
      put(`/broker/positions/${part(positionId)}/brackets`, { accountId }, brackets, signal),
    leverageInfo: (accountId, { symbol, orderType, side }, signal) =>
      get("/broker/leverage/info", { accountId, symbol, orderType, side }, signal),
    setLeverage: (accountId, params, signal) => put("/broker/leverage/set", { accountId }, params, signal),
    previewLeverage: (accountId, params, signal) => post("/broker/leverage/preview", { accountId }, params, signal),
  };
}

/**
 * Returns the other reason why `fetch` fails for a page of another origin than the server's: browsers do not report to a page
 * which one it was. Empty for a page of the same origin, and outside of browsers.
 */
function refusedByBrowser(base: string): string {
  const { origin, href } = (globalThis as { readonly location?: { origin?: string; href?: string } }).location ?? {};
  // A file that the browser opened has the origin "null".
  if (!origin || !URL.canParse(base, href) || new URL(base, href).origin === origin) return "";
  return `, or does not allow pages of ${origin} (CORS): set ALLOWED_ORIGINS=${origin} on the server, or use a proxy`;
}

function sender({
  baseUrl,
  fetch,
  getToken,
  timeoutMs = 10_000,
  maxReplyLength = 2 ** 24,
  clock = systemClock,
}: RestOptions) {
  const base = String(baseUrl).replace(/\/$/, "");
  /** Replaced by a logout: a request uses the token of the user who was logged in when it began, and of no other. */
  let session: { token?: string | null | undefined } = {};

  /** Sends the request once. */
  async function attempt(
    { method, path, query, body }: RestRequest,
    { token }: typeof session,
    signal: AbortSignal,
  ): Promise<Response> {
    // An order whose request timed out while waiting for the token must not be sent.
    signal.throwIfAborted();
    const headers = new Headers({ accept: "application/json, application/problem+json" });
    if (token) headers.set("authorization", `Bearer ${token}`);
    if (body !== undefined) headers.set("content-type", "application/json");
    const parameters = Object.entries(query).flatMap<[string, string]>(([name, value]) =>
      value === undefined ? [] : [[name, `${value}`]],
    );
    const search = parameters.length === 0 ? "" : `?${new URLSearchParams(parameters)}`;
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
    if (user !== session) throw new RestError("user_changed", "The user changed, so the request was not sent");
  }

  async function exchange<Reply>(request: RestRequest, signal: AbortSignal): Promise<Reply> {
    const user = session;
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

  async function send<Reply>(request: RestRequest, signal?: AbortSignal): Promise<Reply> {
    signal?.throwIfAborted();
    const name = `${request.method} ${request.path}`;
    const isRead = request.method === "GET";
    const warning = isRead ? "" : "; the server may have executed it";
    const ended = new AbortController();
    const stopped = new Promise<never>((_, reject) => {
      ended.signal.addEventListener("abort", () => reject(ended.signal.reason));
    });
    const onAbort = () => ended.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort);
    const onTimeout = () => {
      const message = `No reply to ${name} within ${timeoutMs} ms${warning}`;
      ended.abort(new RestError("no_reply", message, { retryable: isRead }));
    };
    const cancel = afterLimit({ after: boundedAfter(clock) }, timeoutMs, onTimeout);
    try {
      // The race is needed because `getToken` can ignore its signal.
      return await Promise.race([exchange<Reply>(request, ended.signal), stopped]);
    } catch (cause) {
      if (ended.signal.aborted) throw ended.signal.reason;
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
    logout() {
      session = {};
    },
  };
}
