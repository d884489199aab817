import { send } from "./peer.mjs";
import { API, LIMITS, onSocket, overHttp, repeat, SYMBOLS, Tally } from "./runs.mjs";

/** @typedef {import("./runs.mjs").Request} Request */

/** Known attacks, and the requests of an account that cost most. @type {Request[]} */
export const ATTACKS = [
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
