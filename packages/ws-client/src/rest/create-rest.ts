import { ClientError } from "../errors.js";
import type { Clock, GetToken, TokenReason } from "../options.js";
import { platformTimers } from "../tradingview/platform-timers.js";
import type { BrokerRest, DatafeedRest } from "./rest.js";
import { RestError, refusalOf } from "./rest-error.js";

export interface RestOptions {
  /** Where the routes are: `https://example.com/api/v1`. In a page it may be relative to the page: `/api/v1`. */
  readonly baseUrl: string | URL;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * Where tokens come from, as for `createClient`. One is kept until the server refuses it with 401; it is sent in the
   * header Authorization and nowhere else. @default no login
   */
  readonly getToken?: GetToken;
  /** How long a request may take, its token included. In milliseconds; 0 = as long as the platform lets it. @default 10_000 */
  readonly timeoutMs?: number;
  /** @default the platform's timers */
  readonly clock?: Pick<Clock, "after">;
}

/** Datafeed and broker over REST. */
export type Rest = DatafeedRest & BrokerRest;

type Query = Readonly<Record<string, string | number | undefined>>;

/** One request. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Query;
  readonly body: unknown;
}

/** The routes of a server, over `fetch`. Making it sends nothing. Each of its methods rejects with a `RestError`, or its signal's reason. */
export function createRest(options: RestOptions): Rest {
  const send = sender(options);
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
    config: (signal) => get("/datafeed/config", {}, signal),
    search: (query, signal) => get("/datafeed/search", { ...query }, signal),
    resolve: (symbol, signal) => get(`/datafeed/resolve/${part(symbol)}`, {}, signal),
    bars: (query, signal) => get("/datafeed/bars", { ...query }, signal),
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

function sender({ baseUrl, fetch, getToken, timeoutMs = 10_000, clock = platformTimers }: RestOptions) {
  const base = String(baseUrl).replace(/\/$/, "");
  let token: string | null | undefined;

  /** One try, with the token at hand. */
  async function attempt({ method, path, query, body }: Asked, signal: AbortSignal): Promise<Response> {
    // An order that was given up while its token was waited for is not to be sent.
    signal.throwIfAborted();
    const headers = new Headers({ accept: "application/json, application/problem+json" });
    if (token) headers.set("authorization", `Bearer ${token}`);
    if (body !== undefined) headers.set("content-type", "application/json");
    const wanted = Object.entries(query).flatMap<[string, string]>(([name, value]) =>
      value === undefined ? [] : [[name, `${value}`]],
    );
    const search = wanted.length === 0 ? "" : `?${new URLSearchParams(wanted)}`;
    return (fetch ?? globalThis.fetch)(base + path + search, {
      method,
      headers,
      signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async function tokenFor(reason: TokenReason, signal: AbortSignal) {
    try {
      return await getToken?.({ reason, signal });
    } catch (cause) {
      throw new RestError("token_failed", "No token could be had, so nothing was sent", { retryable: true, cause });
    }
  }

  async function exchange<Reply>(asked: Asked, signal: AbortSignal): Promise<Reply> {
    token ??= await tokenFor("connect", signal);
    const used = token;
    let reply = await attempt(asked, signal);
    if (reply.status === 401 && getToken) {
      // Another request may have got a fresh one meanwhile.
      if (token === used) token = await tokenFor("rejected", signal);
      if (token) reply = await attempt(asked, signal);
    }
    const what = `${asked.method} ${asked.path}`;
    if (!reply.ok) throw await refusalOf(reply, what);
    const text = await reply.text();
    try {
      return (text === "" ? undefined : JSON.parse(text)) as Reply;
    } catch (cause) {
      throw new RestError("invalid_reply", `The reply to ${what} is not JSON`, { status: reply.status, cause });
    }
  }

  return async <Reply>(asked: Asked, signal?: AbortSignal): Promise<Reply> => {
    signal?.throwIfAborted();
    const what = `${asked.method} ${asked.path}`;
    const isRead = asked.method === "GET";
    const ended = new AbortController();
    const stopped = new Promise<never>((_, reject) => {
      ended.signal.addEventListener("abort", () => reject(ended.signal.reason));
    });
    const onAbort = () => ended.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort);
    const outOfTime = () => {
      const doubt = isRead ? "" : ": it may have been done";
      const message = `No reply to ${what} within ${timeoutMs} ms${doubt}`;
      ended.abort(new RestError("no_reply", message, { retryable: isRead }));
    };
    const cancel = timeoutMs > 0 ? clock.after(timeoutMs, outOfTime) : () => {};
    try {
      // Raced, since a `getToken` need not heed the signal.
      return await Promise.race([exchange<Reply>(asked, ended.signal), stopped]);
    } catch (cause) {
      if (ended.signal.aborted) throw ended.signal.reason;
      if (cause instanceof ClientError) throw cause;
      const doubt = isRead ? "" : "; it may have been done";
      const message = `${what} failed: the server cannot be reached${doubt}`;
      throw new RestError("unreachable", message, { retryable: isRead, cause });
    } finally {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  };
}
