import { ClientError } from "../errors.js";
import { type Clock, type GetToken, systemClock, type TokenReason } from "../options.js";
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
  /** Timers for `timeoutMs`. @default the platform's */
  readonly clock?: Pick<Clock, "after">;
}

/** All datafeed and broker routes. */
export type Rest = DatafeedRest & BrokerRest;

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

function sender({ baseUrl, fetch, getToken, timeoutMs = 10_000, clock = systemClock }: RestOptions) {
  const base = String(baseUrl).replace(/\/$/, "");
  let token: string | null | undefined;

  /** Sends the request once, with the current token. */
  async function attempt({ method, path, query, body }: RestRequest, signal: AbortSignal): Promise<Response> {
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

  async function tokenFor(reason: TokenReason, signal: AbortSignal) {
    try {
      return await getToken?.({ reason, signal });
    } catch (cause) {
      throw new RestError("token_failed", "getToken failed, so the request was not sent", { retryable: true, cause });
    }
  }

  async function exchange<Reply>(request: RestRequest, signal: AbortSignal): Promise<Reply> {
    token ??= await tokenFor("connect", signal);
    const used = token;
    let reply = await attempt(request, signal);
    if (reply.status === 401 && getToken) {
      // A concurrent request may have replaced the token already.
      if (token === used) token = await tokenFor("rejected", signal);
      if (token) reply = await attempt(request, signal);
    }
    const name = `${request.method} ${request.path}`;
    if (!reply.ok) throw await refusalOf(reply, name);
    const text = await reply.text();
    try {
      return (text === "" ? undefined : JSON.parse(text)) as Reply;
    } catch (cause) {
      throw new RestError("invalid_reply", `The reply to ${name} is not JSON`, { status: reply.status, cause });
    }
  }

  return async <Reply>(request: RestRequest, signal?: AbortSignal): Promise<Reply> => {
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
    const cancel = timeoutMs > 0 ? clock.after(timeoutMs, onTimeout) : () => {};
    try {
      // The race is needed because `getToken` can ignore its signal.
      return await Promise.race([exchange<Reply>(request, ended.signal), stopped]);
    } catch (cause) {
      if (ended.signal.aborted) throw ended.signal.reason;
      if (cause instanceof ClientError) throw cause;
      const message = `${name} failed: the server is unreachable${warning}`;
      throw new RestError("unreachable", message, { retryable: isRead, cause });
    } finally {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  };
}
