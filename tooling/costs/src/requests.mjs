import { ATTACKS } from "./attack-requests.mjs";
import { CONNECTIONS } from "./connection-requests.mjs";
import { send } from "./peer.mjs";
import { API, LIMITS, onSocket, overHttp, SYMBOLS } from "./runs.mjs";

/** @typedef {import("./runs.mjs").Context} Context */
/** @typedef {import("./runs.mjs").Request} Request */

/**
 * Returns all rows: every message type and every endpoint that the server documents, then handshakes, control frames, and
 * known attacks.
 *
 * @param {number} port
 * @returns {Promise<Request[]>}
 */
export async function requestsOf(port) {
  const [open, async] = await Promise.all(
    ["/openapi.json", "/ws/asyncapi.json?version=3"].map(async (path) =>
      JSON.parse((await send(port, { path: API + path })).body),
    ),
  );
  return [...messagesOf(async), ...endpointsOf(open), ...CONNECTIONS, ...ATTACKS];
}

/** @param {{ operations: Record<string, { action: string }>, channels: object }} document @returns {Request[]} */
function messagesOf({ operations }) {
  const types = Object.entries(operations).flatMap(([type, { action }]) => (action === "receive" ? [type] : []));
  return types.flatMap((type) => {
    const row = (/** @type {boolean} */ login) => ({
      name: type,
      login,
      limits: type.endsWith("subscribe") ? LIMITS.topics : LIMITS.frames,
      run: onSocket(login, (peer, context) => {
        for (let index = 0; index < 20; index++) peer.send(type, payloadOf(type, context, index), { id: index });
        return 20;
      }),
    });
    return [row(false), row(true)];
  });
}

/** Returns a valid payload of a message type. @param {string} type @param {Context} context @param {number} index */
function payloadOf(type, { accountId, token }, index) {
  const [route] = type.split(".");
  const symbol = SYMBOLS[index % SYMBOLS.length];
  if (type === "ping") return undefined;
  if (type === "auth.login") return { token };
  if (route === "bars") return { symbol, resolution: ["1", "5", "15", "60"][index % 4] };
  if (route === "quotes") return { symbols: [], fast_symbols: [symbol] };
  if (route === "trades") return { symbol };
  if (route === "orderbook") return { symbol, depth: 1 + index };
  return { accountId, symbol: null };
}

/** Queries and bodies of the endpoints that make the server work most, by their path. @type {Record<string, (context: Context, index: number) => { query?: string, body?: unknown }>} */
const USES = {
  "/datafeed/search": (_, index) => ({ query: `query=${"abcdefghij"[index % 10]}&exchange=&type=` }),
  "/datafeed/bars": ({ turn }, index) => ({
    query: `symbol=${SYMBOLS[index % SYMBOLS.length]}&resolution=60&countBack=5000&to=${Date.now() - (turn * 50 + index) * 3_600_000}`,
  }),
  "/datafeed/quotes": () => ({ body: { symbols: SYMBOLS } }),
  "/auth/demo-token": () => ({ body: {} }),
  "/broker/orders": () => ({ body: { symbol: "AAPL", type: 1, side: 1, qty: 1, limitPrice: 1 } }),
  "/broker/orders/preview": () => ({ body: { symbol: "AAPL", type: 1, side: 1, qty: 1, limitPrice: 1 } }),
  "/broker/orders/{id}": () => ({ body: { symbol: "AAPL", type: 1, side: 1, qty: 1, limitPrice: 2 } }),
  "/broker/positions/{id}/brackets": () => ({ body: { stopLoss: 1 } }),
  "/broker/leverage/info": () => ({ query: "symbol=AAPL&orderType=1&side=1" }),
  "/broker/leverage/set": () => ({ body: { symbol: "AAPL", orderType: 1, side: 1, leverage: 2 } }),
  "/broker/leverage/preview": () => ({ body: { symbol: "AAPL", orderType: 1, side: 1, leverage: 2 } }),
};

/** @param {{ paths: Record<string, Record<string, { security?: unknown[] }>> }} document @returns {Request[]} */
function endpointsOf({ paths }) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { security = [] }]) => {
      const isPrivate = security.length > 0;
      const short = path.slice(API.length);
      const row = (/** @type {boolean} */ login) => ({
        name: `${method.toUpperCase()} ${short}`,
        login,
        limits: isPrivate ? LIMITS.orders : LIMITS.rest,
        run: overHttp(5, (context, index) => {
          const { query = "", body } = USES[short]?.(context, index) ?? {};
          const account = isPrivate ? `accountId=${context.accountId}&` : "";
          const filled = path.replace("{symbol}", "AAPL").replace("{id}", `${index}`);
          const hasBody = method !== "get" && method !== "delete";
          return {
            method: method.toUpperCase(),
            path: `${filled}?${account}${query}`,
            headers: login ? { authorization: `Bearer ${context.token}` } : {},
            ...(hasBody && { body: JSON.stringify(body ?? {}) }),
          };
        }),
      });
      return isPrivate ? [row(false), row(true)] : [row(false)];
    }),
  );
}
