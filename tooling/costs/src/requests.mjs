import { setTimeout as sleep } from "node:timers/promises";
import { dial, Peer, send } from "./peer.mjs";

/**
 * A kind of request that is measured.
 *
 * @typedef {object} Request
 * @property {string} name
 * @property {boolean} login whether the peer has an account
 * @property {RegExp} limits the names of the settings that bound it
 * @property {(context: Context) => Promise<Sent>} run sends the requests, and waits until the server has handled them
 */

/** The result of a row: the bytes and the number of its requests, and the replies by kind. @typedef {{ bytes: number, requests: number, replies: string, leave: () => void }} Sent */

/** The server, and an account with its token. @typedef {{ port: number, token: string, accountId: string, turn: number }} Context */

const SYMBOLS = ["AAPL", "MSFT", "GOOGL", "AMZN", "TSLA", "NVDA"];
const LIMITS = {
  topics: /TOPIC|SYMBOL|SUBSCRI/,
  frames: /MESSAGE|FRAME|RATE|BUFFERED/,
  rest: /REST|HTTP|REQUEST|RATE/,
  connections: /CONNECTION|HANDSHAKE/,
  orders: /ORDER|REST|RATE|ACCOUNT/,
};
const API = "/api/v1";

/** Time in which the consequences of a request show, in milliseconds. */
const SETTLE_MS = 150;

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

/** @type {Request[]} */
const CONNECTIONS = [
  {
    name: "handshake of a socket, 20",
    login: false,
    limits: LIMITS.connections,
    run: async ({ port }) => {
      const peers = await Promise.all(Array.from({ length: 20 }, () => Peer.connect(port).catch(() => undefined)));
      const open = peers.flatMap((peer) => peer ?? []);
      await Promise.all(open.map((peer) => peer.handled()));
      return {
        bytes: open.reduce((sum, peer) => sum + peer.bytesSent, 0) || 20 * 300,
        requests: 20,
        replies: `open ${open.length}`,
        leave() {
          for (const peer of open) peer.close();
        },
      };
    },
  },
  ...[
    { name: "handshake of a foreign origin", headers: { origin: "https://attacker.example" } },
    { name: "handshake with an invalid token", headers: { authorization: `Bearer ${"x".repeat(400)}.y.z` } },
  ].map(({ name, headers }) => ({
    name: `${name}, 20`,
    login: false,
    limits: LIMITS.connections,
    run: async (/** @type {Context} */ { port }) => {
      const peers = await Promise.all(
        Array.from({ length: 20 }, () =>
          Peer.connect(port, { headers }).catch((/** @type {Error} */ { message }) => message),
        ),
      );
      const open = peers.flatMap((peer) => (typeof peer === "string" ? [] : [peer]));
      const refused = peers.filter((peer) => typeof peer === "string");
      return {
        bytes: 20 * (250 + JSON.stringify(headers).length),
        requests: 20,
        replies: refused.length > 0 ? `refused ${refused.length}: ${refused[0]}` : `open ${open.length}`,
        leave() {
          for (const peer of open) peer.close();
        },
      };
    },
  })),
  ...[
    { name: "silent TCP connections", text: "" },
    { name: "half a request", text: "GET /api/v1/health HTTP/1.1\r\nhost: localhost\r\nx-a: " },
  ].map(({ name, text }) => ({
    name: `${name}, 50`,
    login: false,
    limits: LIMITS.connections,
    run: async (/** @type {Context} */ { port }) => {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => dial(port, text)));
      return {
        // A connection costs the peer a few packets even if it sends nothing.
        bytes: 50 * (text.length + 180),
        requests: 50,
        replies: "",
        leave() {
          for (const socket of sockets) socket.destroy();
        },
      };
    },
  })),
  {
    name: "HTTP replies that are not read, 20",
    login: false,
    limits: LIMITS.connections,
    run: async ({ port }) => {
      const request = `GET ${API}/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(20);
      const sockets = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const socket = await dial(port, request);
          socket.pause();
          return socket;
        }),
      );
      return {
        bytes: sockets.length * request.length,
        requests: sockets.length * 20,
        replies: "",
        leave() {
          for (const socket of sockets) socket.destroy();
        },
      };
    },
  },
  {
    name: "pings (control frames), 1,000",
    login: false,
    limits: LIMITS.frames,
    run: onSocket(false, (peer) => repeat(1_000, () => peer.socket.ping(Buffer.alloc(125)))),
  },
  {
    name: "pongs (control frames), 1,000",
    login: false,
    limits: LIMITS.frames,
    run: onSocket(false, (peer) => repeat(1_000, () => peer.socket.pong(Buffer.alloc(125)))),
  },
  {
    name: "fragments without an end, 1,000",
    login: false,
    limits: LIMITS.frames,
    run: onSocket(false, (peer) => repeat(1_000, () => peer.socket.send("x", { fin: false }))),
  },
];

/** @type {Request[]} */
const ATTACKS = [
  ...[false, true].flatMap((login) => [
    {
      name: "quotes.subscribe of 1,000 unknown symbols",
      login,
      limits: LIMITS.topics,
      run: onSocket(login, (peer, { turn }) => {
        const symbols = Array.from({ length: 1_000 }, (_, index) =>
          (turn * 1_000 + index).toString(36).padStart(3, "~"),
        );
        peer.send("quotes.subscribe", { symbols: symbols.slice(0, 500), fast_symbols: symbols.slice(500) });
        return 1;
      }),
    },
    {
      name: "quotes.subscribe of one list in 100 orders",
      login,
      limits: LIMITS.topics,
      run: onSocket(login, (peer) =>
        repeat(100, (turn) => {
          const list = SYMBOLS.map((_, index) => SYMBOLS[(index + turn) % SYMBOLS.length]);
          const filler = Array.from({ length: turn }, () => "AAPL");
          peer.send("quotes.subscribe", { symbols: [], fast_symbols: [...list, ...filler] });
        }),
      ),
    },
    {
      name: "orderbook.subscribe at 500 depths",
      login,
      limits: LIMITS.topics,
      run: onSocket(login, (peer) =>
        repeat(500, (depth) => peer.send("orderbook.subscribe", { symbol: "AAPL", depth: depth + 1 })),
      ),
    },
    {
      name: "trades.subscribe of 1,000 unknown symbols",
      login,
      limits: LIMITS.topics,
      run: onSocket(login, (peer, { turn }) =>
        repeat(1_000, (index) => peer.send("trades.subscribe", { symbol: `X${turn}-${index}` })),
      ),
    },
    {
      name: "bars.subscribe and unsubscribe, 500 times",
      login,
      limits: LIMITS.frames,
      run: onSocket(login, (peer) =>
        repeat(500, (index) => {
          const params = { symbol: SYMBOLS[index % SYMBOLS.length], resolution: "1" };
          peer.send("bars.subscribe", params);
          peer.send("bars.unsubscribe", params);
        }),
      ),
    },
  ]),
  ...[
    {
      name: "a frame of 64 KB, nested",
      text: () => `{"type":"bars.subscribe","payload":${"[".repeat(32_000)}${"]".repeat(32_000)}}`,
    },
    {
      name: "a frame of 64 KB, one text",
      text: () => JSON.stringify({ type: "bars.subscribe", payload: { symbol: "x".repeat(65_000) } }),
    },
    {
      name: "a frame of 64 KB, members",
      text: () =>
        JSON.stringify({
          type: "trades.subscribe",
          payload: Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`m${index}`, 1])),
        }),
    },
    { name: "a frame that is not JSON", text: () => "{".repeat(20) },
    { name: "an unknown type", text: () => '{"type":"nothing.at-all","payload":{}}' },
    { name: "an object as a type", text: () => '{"type":{"length":{"toString":0}}}' },
  ].map(({ name, text }) => ({
    name,
    login: false,
    limits: LIMITS.frames,
    run: onSocket(false, (peer) => repeat(5, () => peer.raw(text()))),
  })),
  {
    name: "auth.login with an invalid token, 20",
    login: false,
    limits: LIMITS.frames,
    run: onSocket(false, (peer) =>
      repeat(20, (index) => peer.send("auth.login", { token: `${"x".repeat(900)}.y.${index}` })),
    ),
  },
  {
    name: "POST /datafeed/quotes with an object as a list",
    login: false,
    limits: LIMITS.rest,
    run: overHttp(5, () => ({
      method: "POST",
      path: `${API}/datafeed/quotes`,
      body: '{"symbols":{"length":{"toString":0}}}',
    })),
  },
  {
    name: "POST /datafeed/quotes of 500 unknown symbols",
    login: false,
    limits: LIMITS.rest,
    run: overHttp(5, ({ turn }, index) => ({
      method: "POST",
      path: `${API}/datafeed/quotes`,
      body: JSON.stringify({ symbols: Array.from({ length: 500 }, (_, item) => `Q${turn}-${index}-${item}`) }),
    })),
  },
  {
    name: "POST of 1 MB",
    login: false,
    limits: LIMITS.rest,
    run: overHttp(2, () => ({
      method: "POST",
      path: `${API}/datafeed/quotes`,
      body: JSON.stringify({ symbols: ["x".repeat(1_000_000)] }),
    })),
  },
  {
    name: "orders placed and cancelled, 50",
    login: true,
    limits: LIMITS.orders,
    run: async (context) => {
      const { port, accountId, token } = context;
      const headers = { authorization: `Bearer ${token}` };
      const tally = new Tally();
      for (let index = 0; index < 50; index++) {
        const order = { symbol: "AAPL", type: 1, side: 1, qty: 1, limitPrice: 1 };
        const placed = await send(port, {
          method: "POST",
          path: `${API}/broker/orders?accountId=${accountId}`,
          headers,
          body: JSON.stringify(order),
        });
        tally.add(placed);
        const [, id] = /"orderId":"([^"]+)"/.exec(placed.body) ?? [];
        if (id !== undefined)
          tally.add(
            await send(port, { method: "DELETE", path: `${API}/broker/orders/${id}?accountId=${accountId}`, headers }),
          );
      }
      return tally.sent();
    },
  },
  {
    name: "GET /broker/orders after them",
    login: true,
    limits: LIMITS.orders,
    run: overHttp(5, ({ accountId, token }) => ({
      path: `${API}/broker/orders?accountId=${accountId}`,
      headers: { authorization: `Bearer ${token}` },
    })),
  },
];

/** Counts the replies to HTTP requests. */
class Tally {
  #bytes = 0;
  #requests = 0;
  /** @type {Map<string, number>} */
  #replies = new Map();

  /** @param {{ status: number, bytes: number }} reply */
  add({ status, bytes }) {
    this.#bytes += bytes;
    this.#requests += 1;
    this.#replies.set(`${status}`, (this.#replies.get(`${status}`) ?? 0) + 1);
  }

  /** @returns {Sent} */
  sent() {
    return { bytes: this.#bytes, requests: this.#requests, replies: textOf(this.#replies), leave: () => {} };
  }
}

/**
 * Returns the run of a row that sends frames on one connection.
 *
 * @param {boolean} login @param {(peer: Peer, context: Context) => number} sendAll returns the number of requests
 * @returns {Request["run"]}
 */
function onSocket(login, sendAll) {
  return async (context) => {
    const peer = await Peer.connect(context.port);
    if (login) peer.send("auth.login", { token: context.token });
    await peer.handled();
    const before = peer.bytesSent;
    peer.replies.clear();
    const requests = sendAll(peer, context);
    const bytes = peer.bytesSent;
    await peer.handled();
    await sleep(SETTLE_MS);
    const closed = peer.closeCode === undefined ? "" : `closed ${peer.closeCode}`;
    return {
      bytes: Math.max(1, (bytes || peer.bytesSent) - before),
      requests,
      replies: [closed, textOf(peer.replies)].filter(Boolean).join(", "),
      leave: () => peer.close(),
    };
  };
}

/**
 * Returns the run of a row that sends HTTP requests, one after the other.
 *
 * @param {number} times @param {(context: Context, index: number) => Parameters<typeof send>[1]} requestOf
 * @returns {Request["run"]}
 */
function overHttp(times, requestOf) {
  return async (context) => {
    const tally = new Tally();
    for (let index = 0; index < times; index++)
      tally.add(await send(context.port, requestOf(context, index)).catch(() => ({ status: 0, bytes: 1 })));
    return tally.sent();
  };
}

/** @param {number} times @param {(index: number) => void} call */
function repeat(times, call) {
  for (let index = 0; index < times; index++) call(index);
  return times;
}

/** @param {Map<string, number>} counts */
function textOf(counts) {
  return Array.from(counts, ([name, count]) => `${name} ${count}`).join(", ");
}
