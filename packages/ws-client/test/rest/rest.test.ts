import { ManualClock } from "@trading/topic/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import type { GetToken } from "../../src/index.js";
import { createRest, type Order, type RestError, type RestOptions } from "../../src/rest/index.js";
import { tick } from "../helpers/memory-network.js";

type Handler = (request: Request) => Response | Promise<Response>;

/** Creates a REST client whose `fetch` is the handler. */
function server(handler: Handler, options: Partial<RestOptions> = {}) {
  const requests: Request[] = [];
  const clock = new ManualClock();
  const rest = createRest({
    baseUrl: "https://example.com/api/v1/",
    fetch: async (input, init) => {
      const request = new Request(input as string, init);
      requests.push(request);
      return handler(request);
    },
    clock,
    ...options,
  });
  return { rest, requests, clock };
}

const json = (body: unknown, status = 200, type = "application/json") =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": type } });
const problem = (status: number, body: object) => json(body, status, "application/problem+json; charset=utf-8");
const failure = (promise: Promise<unknown>): Promise<RestError> =>
  promise.then(
    () => expect.unreachable("expected a rejection"),
    (error) => error,
  );

const ORDER: Order = { id: "o/1", symbol: "A", type: 1, side: -1, qty: 2, status: 6, limitPrice: 5 };

test("sends each method to its route", async () => {
  const { rest, requests } = server(() => json({}));
  const brackets = { stopLoss: 1 };
  const leverage = { symbol: "A&B", orderType: 1, side: 1, leverage: 5 } as const;
  await rest.config();
  await rest.search({ query: "a b", exchange: "", type: "stock" });
  await rest.resolve("BTC/USD");
  await rest.bars({ symbol: "A", resolution: "D", from: 1, to: 2, countBack: 3 });
  await rest.trades({ symbol: "A", limit: 5 });
  await rest.time();
  await rest.quotes(["A"]);
  await rest.account("T-1");
  await rest.orders("T-1");
  await rest.positions("T-1");
  await rest.executions("T-1", "BTC/USD");
  await rest.placeOrder("T-1", ORDER);
  await rest.previewOrder("T-1", ORDER);
  await rest.modifyOrder("T-1", ORDER);
  await rest.cancelOrder("T-1", "o/1");
  await rest.closePosition("T-1", "p1");
  await rest.closePosition("T-1", "p1", 2);
  await rest.editPositionBrackets("T-1", "p1", brackets);
  await rest.leverageInfo("T-1", leverage);
  await rest.setLeverage("T-1", leverage);
  await rest.previewLeverage("T-1", leverage);

  const lines = requests.map(({ method, url }) => `${method} ${url.replace("https://example.com/api/v1", "")}`);
  expect(lines).toEqual([
    "GET /datafeed/config",
    "GET /datafeed/search?query=a%20b&exchange=&type=stock",
    "GET /datafeed/resolve/BTC%2FUSD",
    "GET /datafeed/bars?symbol=A&resolution=D&from=1&to=2&countBack=3",
    "GET /datafeed/trades?symbol=A&limit=5",
    "GET /datafeed/time",
    "POST /datafeed/quotes",
    "GET /broker/account?accountId=T-1",
    "GET /broker/orders?accountId=T-1",
    "GET /broker/positions?accountId=T-1",
    "GET /broker/executions/BTC%2FUSD?accountId=T-1",
    "POST /broker/orders?accountId=T-1",
    "POST /broker/orders/preview?accountId=T-1",
    "PUT /broker/orders/o%2F1?accountId=T-1",
    "DELETE /broker/orders/o%2F1?accountId=T-1",
    "DELETE /broker/positions/p1?accountId=T-1",
    "DELETE /broker/positions/p1?accountId=T-1&amount=2",
    "PUT /broker/positions/p1/brackets?accountId=T-1",
    "GET /broker/leverage/info?accountId=T-1&symbol=A%26B&orderType=1&side=1",
    "PUT /broker/leverage/set?accountId=T-1",
    "POST /broker/leverage/preview?accountId=T-1",
  ]);
  const bodies = await Promise.all(requests.map((request) => request.text()));
  expect(bodies.filter((body) => body !== "").map((body) => JSON.parse(body))).toEqual([
    { symbols: ["A"] },
    ORDER,
    ORDER,
    ORDER,
    brackets,
    leverage,
    leverage,
  ]);
});

test("resolves to undefined for an empty reply", async () => {
  const { rest } = server(() => new Response(null, { status: 204 }));

  expect(await rest.cancelOrder("T-1", "o1")).toBeUndefined();
});

test("uses a problem's detail as the message and keeps its members", async () => {
  const { rest } = server(() =>
    problem(422, {
      type: "/funds",
      title: "Refused",
      detail: "Not enough money: 5 USD are missing",
      code: "funds",
      missing: 5,
    }),
  );
  const error = await failure(rest.placeOrder("T-1", ORDER));

  expect(error).toMatchObject({
    name: "RestError",
    message: "Not enough money: 5 USD are missing",
    code: "funds",
    status: 422,
    retryable: false,
    problem: { type: "/funds", missing: 5 },
  });
});

test("falls back to the problem's title, then to the status", async () => {
  const titled = server(() => problem(503, { title: "Market closed", detail: 7, code: {} }));
  expect(await failure(titled.rest.orders("T-1"))).toMatchObject({
    message: "Market closed",
    code: "refused",
    retryable: true,
  });
  // The server may have executed the command.
  const inDoubt = server(() => problem(503, { title: "Store failed", code: "in_doubt" }));
  expect(await failure(inDoubt.rest.placeOrder("T-1", ORDER))).toMatchObject({ code: "in_doubt", retryable: false });
  const proxy = server(() => new Response("<html>", { status: 502, headers: { "content-type": "text/html" } }));
  expect(await failure(proxy.rest.config())).toMatchObject({
    message: "GET /datafeed/config failed with status 502",
    status: 502,
    problem: undefined,
  });
  for (const body of ["null", "[", '"text"']) {
    const broken = server(
      () => new Response(body, { status: 400, headers: { "content-type": "application/problem+json" } }),
    );
    expect(await failure(broken.rest.config())).toMatchObject({ code: "refused", status: 400 });
  }
});

test("reports a reply that is not JSON, and an unreachable server", async () => {
  const html = server(() => new Response("<html>"));
  expect(await failure(html.rest.config())).toMatchObject({ code: "invalid_reply", status: 200 });

  const cause = new TypeError("fetch failed");
  const offline = server(() => Promise.reject(cause));
  expect(await failure(offline.rest.config())).toMatchObject({ code: "unreachable", retryable: true, cause });
  const order = await failure(offline.rest.placeOrder("T-1", ORDER));
  expect(order.message).toBe("POST /broker/orders failed: the server is unreachable; the server may have executed it");
  expect(order.retryable).toBe(false);
});

test.each([
  ["https://example.com", "https://example.com/api/v1", ""],
  ["https://example.com", "/api/v1", ""],
  [
    "http://localhost:5173",
    "https://example.com/api/v1",
    ", or does not allow pages of http://localhost:5173 (CORS): set ALLOWED_ORIGINS=http://localhost:5173 on the server, or use a proxy",
  ],
])("names CORS when the fetch of a page of %s to %s fails", async (origin, baseUrl, hint) => {
  vi.stubGlobal("location", { origin, href: `${origin}/page` });
  onTestFinished(() => void vi.unstubAllGlobals());
  const offline = createRest({ baseUrl, fetch: () => Promise.reject(new TypeError("Failed to fetch")) });
  const { code, message } = await failure(offline.config());
  expect([code, message]).toEqual(["unreachable", `GET /datafeed/config failed: the server is unreachable${hint}`]);
});

test("aborts a request after timeoutMs", async () => {
  let signal: AbortSignal | undefined;
  const { rest, clock } = server(
    (request) => {
      signal = request.signal;
      return new Promise(() => {});
    },
    { timeoutMs: 2_000 },
  );
  const waiting = failure(rest.placeOrder("T-1", ORDER));
  await tick();
  clock.advance(1_999);
  expect(signal?.aborted).toBe(false);
  clock.advance(1);

  expect(await waiting).toMatchObject({
    code: "no_reply",
    message: "No reply to POST /broker/orders within 2000 ms; the server may have executed it",
    retryable: false,
  });
  expect([signal?.aborted, clock.pending]).toEqual([true, 0]);
});

test("sets no timer for timeoutMs 0, and clears it after a reply", async () => {
  const patient = server(() => new Promise(() => {}), { timeoutMs: 0 });
  void patient.rest.config();
  expect(patient.clock.pending).toBe(0);

  const { rest, clock } = server(() => json({}));
  await rest.config();
  expect(clock.pending).toBe(0);
});

test("rejects with the reason of the signal, before and after sending", async () => {
  const { rest, requests, clock } = server(() => new Promise(() => {}));
  const reason = new Error("left");
  expect(await failure(rest.config(AbortSignal.abort(reason)))).toBe(reason);
  expect(requests).toEqual([]);

  const controller = new AbortController();
  const waiting = failure(rest.config(controller.signal));
  controller.abort(reason);
  expect([await waiting, clock.pending]).toEqual([reason, 0]);
});

test("sends the token only in the header, and reuses it", async () => {
  const reasons: string[] = [];
  const getToken: GetToken = ({ reason }) => {
    reasons.push(reason);
    return "s3cret";
  };
  const { rest, requests } = server(() => problem(404, { detail: "none" }), { getToken });
  const first = await failure(rest.orders("T-1"));
  await failure(rest.orders("T-1"));

  expect(requests.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer s3cret", "Bearer s3cret"]);
  expect(requests.map(({ url }) => url).join()).not.toContain("s3cret");
  expect(`${first.message}${JSON.stringify(first)}`).not.toContain("s3cret");
  expect(reasons).toEqual(["connect"]);
});

test("requests a new token once after a 401", async () => {
  const reasons: string[] = [];
  const getToken: GetToken = ({ reason }) => {
    reasons.push(reason);
    return `${reason}ed`;
  };
  const isFresh = ({ headers }: Request) => headers.get("authorization") === "Bearer rejecteded";
  const { rest, requests } = server((request) => (isFresh(request) ? json([]) : problem(401, {})), { getToken });
  expect(await rest.orders("T-1")).toEqual([]);
  expect([reasons, requests.length]).toEqual([["connect", "rejected"], 2]);

  const closed = server(() => problem(401, { detail: "Log in" }), { getToken });
  expect(await failure(closed.rest.orders("T-1"))).toMatchObject({ message: "Log in", status: 401 });
  expect(closed.requests).toHaveLength(2);
});

test("sends no Authorization header without a token, and reports a failing getToken", async () => {
  const anonymous = server(() => json([]), { getToken: () => null });
  await anonymous.rest.orders("T-1");
  expect(anonymous.requests[0]?.headers.has("authorization")).toBe(false);

  const cause = new Error("no session");
  const failing = server(() => json([]), { getToken: () => Promise.reject(cause) });
  expect(await failure(failing.rest.orders("T-1"))).toMatchObject({ code: "token_failed", cause });
  expect(failing.requests).toEqual([]);
});

test("does not send a request that timed out while waiting for its token", async () => {
  let resolveToken = (_token: string): void => {};
  const getToken = () =>
    new Promise<string>((resolve) => {
      resolveToken = resolve;
    });
  const { rest, requests, clock } = server(() => json([]), { getToken, timeoutMs: 1_000 });
  const waiting = failure(rest.placeOrder("T-1", ORDER));
  clock.advance(1_000);
  expect((await waiting).code).toBe("no_reply");
  resolveToken("late");
  await tick();

  expect(requests).toEqual([]);
});

test("uses no token of a user who has logged out", async () => {
  let user = "ann";
  const { rest, requests } = server(() => json([]), { getToken: () => `token of ${user}` });
  await rest.orders("A-1");
  user = "bob";
  rest.logout();
  await rest.orders("A-1");
  expect(requests.map(({ headers }) => headers.get("authorization"))).toEqual([
    "Bearer token of ann",
    "Bearer token of bob",
  ]);
});

test("does not send the order of a user who has logged out meanwhile for the next one", async () => {
  const tokens: ((token: string) => void)[] = [];
  const getToken = () => new Promise<string>((resolve) => tokens.push(resolve));
  const { rest, requests } = server(() => json({}), { getToken });
  const error = failure(rest.placeOrder("A-1", ORDER));
  await tick();
  rest.logout();
  const orders = rest.orders("A-1");
  await tick();
  tokens[1]?.("token of bob");
  await orders;
  tokens[0]?.("token of ann");
  expect(await error).toMatchObject({ code: "user_changed", retryable: false });
  expect(requests.map(({ method }) => method)).toEqual(["GET"]);
});

test("discards what it reads of an account after a logout, but neither market data nor the outcome of a command", async () => {
  let reply = () => {};
  const replied = new Promise<void>((resolve) => {
    reply = resolve;
  });
  const { rest, requests } = server(() => replied.then(() => json([])));
  const account = failure(rest.orders("A-1"));
  const preview = failure(rest.previewOrder("A-1", ORDER));
  const others = Promise.all([rest.quotes(["A"]), rest.placeOrder("A-1", ORDER)]);
  await tick();
  expect(requests).toHaveLength(4);
  rest.logout();
  reply();
  for (const error of [await account, await preview])
    expect(error).toMatchObject({ code: "user_changed", message: "The user changed, so the reply was discarded" });
  expect(await others).toEqual([[], []]);
});

test("a session sends nothing for the next user", async () => {
  let user = "ann";
  const { rest, requests } = server(() => json([]), { getToken: () => `token of ${user}` });
  const session = rest.session();
  await session.positions("A-1");
  user = "bob";
  rest.logout();
  expect(await failure(session.placeOrder("A-1", ORDER))).toMatchObject({ code: "user_changed" });
  await rest.session().placeOrder("A-1", ORDER);
  expect(requests.map(({ method, headers }) => [method, headers.get("authorization")])).toEqual([
    ["GET", "Bearer token of ann"],
    ["POST", "Bearer token of bob"],
  ]);
});
