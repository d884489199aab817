import { defineOperation } from "@trading/topic";
import { defineOperationShape, orders, trades } from "@trading/topic/shapes";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import type { GetToken, PageEvent, TapEvent, TokenReason } from "../src/index.js";
import { setUp } from "./helpers/harness.js";
import { tick } from "./helpers/memory-network.js";

const AAPL = { symbol: "AAPL" };
const TRADES = 'trades:{"symbol":"AAPL"}';
const ACCOUNT = { accountId: "A-1" };

const types = (socket: { sent: readonly { type: string }[] }) => socket.sent.map(({ type }) => type);

describe("heartbeat of a session", () => {
  test("pings after half of the interval without a frame, and gives up at the whole", () => {
    const { client, network, clock } = setUp();
    const { socket } = network;
    socket.welcome({ heartbeatIntervalMs: 20_000 });
    clock.advance(9_999);
    expect(socket.sent).toEqual([]);
    clock.advance(1);
    expect(types(socket)).toEqual(["ping"]);
    socket.say({ type: "pong" });
    clock.advance(10_000);
    expect(types(socket)).toEqual(["ping", "ping"]);
    clock.advance(10_000);
    expect(socket.closedByClient).toBe(true);
    expect(client.state.reason).toContain("silent for 10 s");
  });

  test("any frame is a sign of life: a stream that flows is never pinged", () => {
    const { network, clock } = setUp();
    network.socket.welcome({ heartbeatIntervalMs: 20_000 });
    for (let time = 0; time < 20; time++) {
      clock.advance(9_000);
      network.socket.update(TRADES, { id: "1" });
    }
    expect(network.socket.sent).toEqual([]);
  });

  test("a timer that was held up by sleep condemns nobody: it asks first", () => {
    const { network, clock } = setUp();
    const { socket } = network;
    socket.welcome({ heartbeatIntervalMs: 20_000 });
    clock.advance(10_000);
    clock.sleep(3_600_000);
    expect(types(socket)).toEqual(["ping", "ping"]);
    expect(socket.closedByClient).toBe(false);
    socket.say({ type: "pong" });
    clock.advance(5_000);
    expect(socket.closedByClient).toBe(false);
    clock.sleep(3_600_000);
    clock.advance(5_000);
    expect(socket.closedByClient).toBe(true);
  });
});

describe("page events", () => {
  function withPage() {
    let tell: (event: PageEvent) => void = () => expect.fail("not listened to");
    let stopped = 0;
    const set = setUp({
      pageEvents: (listener) => {
        tell = listener;
        return () => {
          stopped += 1;
        };
      },
    });
    return { ...set, tell: (event: PageEvent) => tell(event), stopped: () => stopped };
  }

  test.each(["online", "offline", "visible"] as const)(
    "%s while connected asks for a sign of life at once",
    (event) => {
      const { network, clock, tell } = withPage();
      network.socket.welcome();
      tell(event);
      expect(types(network.socket)).toEqual(["ping"]);
      clock.advance(5_000);
      expect(network.socket.closedByClient).toBe(true);
    },
  );

  test.each(["online", "visible"] as const)("%s while an attempt is waited for makes it at once", (event) => {
    const { network, tell, clock } = withPage();
    network.socket.end();
    tell(event);
    expect(network.sockets).toHaveLength(2);
    clock.advance(1_000);
    expect(network.sockets).toHaveLength(2);
  });

  test("are let go of when the client closes", () => {
    const { client, stopped } = withPage();
    client.close();
    client.close();
    expect(stopped()).toBe(1);
  });
});

describe("connecting", () => {
  test("waits for the first subscription unless it is eager, and then for nothing", () => {
    const { client, network } = setUp({ eager: false });
    expect(network.sockets).toHaveLength(0);
    expect(client.state).toEqual({ status: "connecting", reason: "Connects with the first subscription" });
    client.subscribe(trades, AAPL, () => {});
    expect(network.sockets).toHaveLength(1);
    client.connect();
    expect(network.sockets).toHaveLength(1);
  });

  test("ends after the attempts it was given", () => {
    const { client, network, clock } = setUp({ maxAttempts: 3 });
    for (let attempt = 1; attempt <= 3; attempt++) {
      network.socket.end();
      clock.advance(5_000);
    }
    network.socket.end();
    expect(client.state).toEqual({ status: "closed", reason: "Could not connect (1006): gave up" });
    expect(clock.pending).toBe(0);
  });

  test("never shows what stands in the query", () => {
    const { client } = setUp({ url: "ws://memory/ws?key=secret" });
    expect(client.state.reason).toBe("Connecting to ws://memory/ws");
  });

  test("a server that drains is left within the time it gives, and followed by a window that wide", () => {
    const { client, network, clock } = setUp();
    network.socket.welcome();
    network.socket.say({ type: "server.draining", payload: { reconnectAfterMs: 20_000 } });
    clock.advance(9_999);
    expect(network.sockets).toHaveLength(1);
    clock.advance(1);
    expect(network.sockets[0]?.closedByClient).toBe(true);
    clock.advance(0);
    expect(network.sockets).toHaveLength(2);
    network.socket.end();
    expect(client.state.reason).toContain("trying again in 10.0 s");
  });

  test("a hint below the first window does not narrow it", () => {
    const { network, clock } = setUp();
    network.socket.welcome();
    network.socket.say({ type: "server.draining", payload: { reconnectAfterMs: 0 } });
    clock.advance(499);
    expect(network.socket.closedByClient).toBe(false);
    clock.advance(1);
    expect(network.sockets[0]?.closedByClient).toBe(true);
  });
});

describe("tokens", () => {
  function withTokens(...answers: (string | null | Error | Promise<string>)[]) {
    const reasons: TokenReason[] = [];
    const signals: AbortSignal[] = [];
    const getToken: GetToken = ({ reason, signal }) => {
      reasons.push(reason);
      signals.push(signal);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    return { ...setUp({ getToken }), reasons, signals };
  }

  test("a private topic waits for the login, a public one does not", async () => {
    const { client, network } = withTokens("t1");
    const { socket } = network;
    client.subscribe(orders, ACCOUNT, () => {});
    client.subscribe(trades, AAPL, () => {});
    await tick();
    socket.accept();
    expect(types(socket)).toEqual(["trades.subscribe"]);
    socket.welcome();
    expect(socket.sent[1]).toEqual({ type: "auth.login", payload: { token: "t1" }, id: 2 });
    expect(types(socket)).toEqual(["trades.subscribe", "auth.login"]);
    socket.say({ type: "auth.login.response", payload: { status: "ok", message: "" }, id: 2 });
    expect(types(socket)).toEqual(["trades.subscribe", "auth.login", "orders.subscribe"]);
  });

  test("a token is fetched anew for each connection, and in place before it runs out", async () => {
    const { network, clock, reasons } = withTokens("t1", "t2", "t3");
    network.socket.welcome();
    await tick();
    network.socket.say({ type: "auth.login.response", payload: { status: "ok" }, id: 1 });
    network.socket.say({ type: "auth.expiring", payload: { expiresInMs: 30_000 } });
    await tick();
    expect(network.socket.sent[1]).toMatchObject({ type: "auth.login", payload: { token: "t2" } });
    network.socket.end();
    clock.advance(1_000);
    network.socket.welcome();
    await tick();
    expect(network.socket.sent[0]).toMatchObject({ payload: { token: "t3" } });
    expect(reasons).toEqual(["connect", "refresh", "connect"]);
  });

  test("a refused token is asked for once more; refused again, the topics are told by the server", async () => {
    const { client, network, reasons, errors } = withTokens("old", "worse");
    const { socket } = network;
    const { ready } = client.subscribe(orders, ACCOUNT, () => {});
    socket.welcome();
    await tick();
    socket.refuse(socket.sent[0], { code: "unauthorized", message: "No" });
    await tick();
    expect(reasons).toEqual(["connect", "rejected"]);
    socket.refuse(socket.sent[1], { code: "unauthorized", message: "No" });
    expect(errors).toMatchObject([{ code: "unauthorized" }]);
    socket.refuse(socket.sent[2], { code: "unauthorized", message: "Log in first" });
    await expect(ready).rejects.toMatchObject({ code: "unauthorized", message: "Log in first" });
  });

  test("after a connection that ended with its token, a fresh one is asked for", async () => {
    const { network, clock, reasons } = withTokens("t1", "t2");
    network.socket.welcome();
    await tick();
    network.socket.end(4202, "Token expired");
    clock.advance(1_000);
    expect(reasons).toEqual(["connect", "rejected"]);
  });

  test("what getToken throws is reported, and it is asked again", async () => {
    const { network, clock, reasons, errors } = withTokens(new Error("identity provider is down"), "t1");
    network.socket.welcome();
    await tick();
    expect(errors).toMatchObject([{ code: "token_failed", cause: { message: "identity provider is down" } }]);
    clock.advance(500);
    await tick();
    expect(types(network.socket)).toEqual(["auth.login"]);
    expect(reasons).toEqual(["connect", "connect"]);
  });

  test("a token that comes after its connection has gone is not used on the next", async () => {
    let answer = (_: string) => {};
    const slow = new Promise<string>((resolve) => {
      answer = resolve;
    });
    const { network, clock, signals } = withTokens(slow, "t2");
    network.socket.welcome();
    network.socket.end();
    expect(signals[0]?.aborted).toBe(true);
    clock.advance(1_000);
    network.socket.welcome();
    answer("t1");
    await tick();
    expect(network.socket.sent).toMatchObject([{ payload: { token: "t2" } }]);
  });

  test("without a token nobody logs in, and private topics are the server's to refuse", async () => {
    const { client, network } = withTokens(null);
    client.subscribe(orders, ACCOUNT, () => {});
    network.socket.welcome();
    await tick();
    expect(types(network.socket)).toEqual(["orders.subscribe"]);
  });

  test.each([
    [
      "whose first frame is another",
      (say: (message: object) => void) => say({ type: "x.update", payload: { topic: "x", payload: 1 } }),
    ],
    ["that says nothing", (_: unknown, wait: (ms: number) => void) => wait(1_000)],
  ])("a base server, %s, is not logged in to and asked all the same", async (_, lets) => {
    const { client, network, clock } = withTokens("t1");
    const { socket } = network;
    client.subscribe(orders, ACCOUNT, () => {});
    await tick();
    socket.accept();
    expect(types(socket)).toEqual([]);
    lets(
      (message) => socket.say(message),
      (ms) => clock.advance(ms),
    );
    expect(types(socket)).toEqual(["orders.subscribe"]);
  });

  test("no token is in a url, a tap or an error", async () => {
    const events: TapEvent[] = [];
    const { client, network } = withTokens("secret-token");
    client.tap((event) => events.push(event));
    network.socket.welcome();
    await tick();
    expect(network.socket.sent[0]?.payload).toEqual({ token: "secret-token" });
    expect(events).toContainEqual({ kind: "sent", frame: '{"type":"auth.login","id":1}' });
    expect(JSON.stringify([events, network.socket.url, client.inspect()])).not.toContain("secret-token");
  });
});

describe("requests", () => {
  const place = defineOperationShape<{ qty: number }, { orderId: string }>({ name: "orders.place", access: "public" });

  test("are answered by id, with the operation's own payload", async () => {
    const { client, network } = setUp();
    network.socket.welcome();
    const reply = client.request(place, { qty: 1 });
    await tick();
    expect(network.socket.sent).toEqual([{ type: "orders.place", payload: { qty: 1 }, id: 1 }]);
    network.socket.say({ type: "orders.place.response", payload: { orderId: "o1" }, id: 1 });
    expect(await reply).toEqual({ orderId: "o1" });
    expect(client.inspect()).toMatchObject({ unanswered: 0, queued: 0, protocol: "session", connectionId: "c1" });
  });

  test("a refusal has the server's code and words", async () => {
    const { client, network } = setUp();
    network.socket.welcome();
    const reply = client.request(place, { qty: 1 });
    await tick();
    network.socket.refuse(network.socket.sent[0], { code: "no_funds", message: "You have 3 dollars" });
    await expect(reply).rejects.toMatchObject({ code: "no_funds", message: "You have 3 dollars" });
  });

  test("an error frame with their id is theirs", async () => {
    const { client, network, errors } = setUp();
    network.socket.welcome();
    const reply = client.request(place, { qty: 1 });
    await tick();
    const payload = { code: "unknown_type", message: "No such operation", retryable: false, id: 1 };
    network.socket.say({ type: "error", payload });
    await expect(reply).rejects.toMatchObject({ code: "unknown_type", message: "No such operation" });
    network.socket.say({ type: "error", payload: { code: "invalid_message", message: "?", retryable: false } });
    expect(errors).toMatchObject([{ code: "invalid_message" }]);
  });

  test("both sides are checked where the operation has schemas", async () => {
    const { client, network } = setUp();
    network.socket.welcome();
    const whole = defineOperation({
      name: "echo",
      access: "public",
      request: z.object({ text: z.string() }),
      reply: z.object({ text: z.string() }),
    });
    await expect(client.request(whole, { text: 1 } as never)).rejects.toMatchObject({ code: "invalid_params" });
    expect(network.socket.sent).toEqual([]);
    const reply = client.request(whole, { text: "a" });
    await tick();
    network.socket.say({ type: "echo.response", payload: { text: 1 }, id: 1 });
    await expect(reply).rejects.toMatchObject({ code: "invalid_message" });
  });

  test("fail at once without a connection, and are not sent when it comes", async () => {
    const { client, network } = setUp();
    await expect(client.request(place, { qty: 1 })).rejects.toMatchObject({ code: "offline" });
    network.socket.welcome();
    await tick();
    expect(network.socket.sent).toEqual([]);
  });

  test("wait for a connection where they were given time and an id, once for one id", async () => {
    const { client, network } = setUp();
    const queue = { id: "order-7", ttlMs: 5_000 };
    const replies = [client.request(place, { qty: 1 }, { queue }), client.request(place, { qty: 1 }, { queue })];
    await tick();
    expect(client.inspect().queued).toBe(1);
    network.socket.welcome();
    expect(network.socket.sent).toEqual([{ type: "orders.place", payload: { qty: 1 }, id: "order-7" }]);
    network.socket.say({ type: "orders.place.response", payload: { orderId: "o1" }, id: "order-7" });
    expect(await Promise.all(replies)).toEqual([{ orderId: "o1" }, { orderId: "o1" }]);
  });

  test("are given up when their time has passed, and not sent after it", async () => {
    const { client, network, clock } = setUp();
    const reply = client.request(place, { qty: 1 }, { queue: { id: "a", ttlMs: 5_000 } });
    await tick();
    clock.advance(5_000);
    await expect(reply).rejects.toMatchObject({ code: "offline" });
    network.sockets[0]?.welcome();
    expect(network.sockets[0]?.sent).toEqual([]);
  });

  test.each([
    ["at once", true],
    ["after they waited", false],
  ])("are never sent twice, sent %s: after a lost connection nobody knows, and that is said", async (_, isOnline) => {
    const { client, network, clock } = setUp();
    if (isOnline) network.socket.welcome();
    const reply = client.request(place, { qty: 1 }, { queue: { id: "a", ttlMs: 60_000 } });
    await tick();
    if (!isOnline) network.socket.welcome();
    expect(network.socket.sent).toHaveLength(1);
    network.socket.end();
    await expect(reply).rejects.toMatchObject({ code: "connection_lost" });
    clock.advance(1_000);
    network.socket.welcome();
    await tick();
    expect(network.socket.sent).toEqual([]);
  });

  test("may be given up by a signal, and by time", async () => {
    const { client, network, clock } = setUp();
    network.socket.welcome();
    const abort = new AbortController();
    const aborted = client.request(place, { qty: 1 }, { signal: abort.signal });
    const late = client.request(place, { qty: 2 }, { timeoutMs: 100 });
    await tick();
    abort.abort(new Error("changed my mind"));
    await expect(aborted).rejects.toThrow("changed my mind");
    clock.advance(100);
    await expect(late).rejects.toMatchObject({ code: "no_reply" });
    const gone = client.request(place, { qty: 3 }, { signal: abort.signal });
    await expect(gone).rejects.toThrow("changed my mind");
    expect(network.socket.sent).toHaveLength(2);
  });

  test("that need a login wait for it", async () => {
    const { client, network } = setUp({ getToken: () => "t" });
    network.socket.welcome();
    await tick();
    const reply = client.request({ ...place, access: "private" }, { qty: 1 });
    await tick();
    expect(types(network.socket)).toEqual(["auth.login"]);
    network.socket.say({ type: "auth.login.response", payload: { status: "ok" }, id: 1 });
    expect(types(network.socket)).toEqual(["auth.login", "orders.place"]);
    network.socket.say({ type: "orders.place.response", payload: { orderId: "o" }, id: 2 });
    await reply;
  });

  test("end with the client, sent or not", async () => {
    const { client, network } = setUp({ getToken: () => new Promise(() => {}) });
    network.socket.welcome();
    const sent = client.request(place, { qty: 1 });
    const waiting = client.request({ ...place, access: "private" }, { qty: 1 });
    await tick();
    client.close();
    await expect(sent).rejects.toMatchObject({ code: "connection_lost" });
    await expect(waiting).rejects.toMatchObject({ code: "closed" });
    await expect(client.request(place, { qty: 1 })).rejects.toMatchObject({ code: "closed" });
  });
});

describe("streams", () => {
  /** A stream that is being read, of a topic that is confirmed. */
  async function reading(options: Parameters<ReturnType<typeof setUp>["client"]["stream"]>[2] = {}) {
    const set = setUp();
    const { socket } = set.network;
    socket.welcome();
    const stream = set.client.stream(trades, AAPL, options);
    const first = stream.next();
    await tick();
    socket.confirm(socket.sent[0], TRADES, { epoch: "e", offset: 0 });
    return { ...set, socket, stream, first };
  }

  test("yield each update in order, and let go of the topic when the loop is left", async () => {
    const { client, network } = setUp({ eager: false });
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const trade of client.stream(trades, AAPL)) {
        seen.push(trade);
        if (seen.length === 3) break;
      }
    })();
    const { socket } = network;
    socket.welcome();
    await tick();
    socket.confirm(socket.sent[0], TRADES, { epoch: "e", offset: 0 });
    for (const offset of [1, 2, 3, 4]) socket.update(TRADES, { id: String(offset) }, offset);
    await loop;
    await tick();
    expect(seen).toEqual([{ id: "1" }, { id: "2" }, { id: "3" }]);
    expect(types(socket)).toEqual(["trades.subscribe", "trades.unsubscribe"]);
  });

  test("of updates with one key, an unread one gives way to the next", async () => {
    const { client, network } = setUp();
    const { socket } = network;
    const topic = 'orders:{"accountId":"A-1"}';
    socket.welcome();
    const stream = client.stream(orders, ACCOUNT);
    const first = stream.next();
    await tick();
    socket.confirm(socket.sent[0], topic, { epoch: "e", offset: 0 });
    const all = ["a1", "b1", "a2"].map((text) => ({ id: text[0], text }));
    for (const [index, order] of all.entries()) socket.update(topic, order, index + 1);
    const read = [(await first).value, (await stream.next()).value] as unknown as { text: string }[];
    expect(read.map(({ text }) => text)).toEqual(["b1", "a2"]);
    await stream.return();
  });

  test("reject with a signal's reason, and with the topic's refusal", async () => {
    const abort = new AbortController();
    const { first } = await reading({ signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");

    const { first: refused, socket } = await reading();
    socket.say({ type: "subscription.ended", payload: { topic: TRADES, code: "forbidden", retryable: false } });
    await expect(refused).rejects.toMatchObject({ code: "forbidden" });
  });

  test("give a reader up that is too slow, instead of growing", async () => {
    const { first, stream, socket } = await reading({ maxBuffered: 2 });
    for (const offset of [1, 2, 3, 4]) socket.update(TRADES, { id: String(offset) }, offset);
    await expect(first).rejects.toMatchObject({ code: "overflow" });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test("end with the client", async () => {
    const { client, first } = await reading();
    client.close();
    await expect(first).rejects.toMatchObject({ code: "closed" });
  });
});

test("routes that were named can be given by name", async () => {
  const { client, network } = setUp({ routes: { trades } } as never);
  network.socket.welcome();
  const handle = client.subscribe("trades", AAPL, () => {});
  expect([handle.topic, handle.status.state]).toEqual([TRADES, "pending"]);
  expect(() => client.subscribe("toString", AAPL, () => {})).toThrow(/Unknown route "toString"/);
});

test("a tap hears frames, states, gaps and errors, and one that throws harms nobody", async () => {
  const kinds: string[] = [];
  const { client, network } = setUp();
  client.tap(() => {
    throw new Error("broken");
  })();
  const stop = client.tap(({ kind }) => kinds.push(kind));
  client.subscribe(trades, AAPL, () => {});
  network.socket.welcome();
  await tick();
  network.socket.confirm(network.socket.sent[0], TRADES, { epoch: "e", offset: 0 });
  network.socket.say("{");
  expect(kinds).toEqual(["state", "sent", "received", "received", "received", "error"]);
  stop();
  network.socket.end();
  expect(kinds).toHaveLength(6);
});

test("each is dealt with that was chosen by chance: the share that is checked", async () => {
  const checked: unknown[] = [];
  let chance = 0;
  const { client, network } = setUp({ validationShare: 0.5, random: () => chance });
  const parseUpdate = (input: unknown) => {
    checked.push(input);
    return input as never;
  };
  network.socket.welcome();
  client.subscribe({ ...trades, parseUpdate }, AAPL, () => {});
  await tick();
  network.socket.confirm(network.socket.sent[0], TRADES, { epoch: "e", offset: 0 });
  for (const [offset, luck] of [0, 0.49, 0.5, 0.99].entries()) {
    chance = luck;
    network.socket.update(TRADES, { id: luck }, offset + 1);
  }
  expect(checked).toEqual([{ id: 0 }, { id: 0.49 }]);
});
