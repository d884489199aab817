import { describe, expect, test } from "vitest";
import { ManualClock, MemoryClient } from "../../src/testing/index.js";
import { order } from "../helpers/data.js";
import { deferred, turns, until } from "../helpers/event-loop.js";
import { START, startMarket } from "../helpers/market.js";
import { bearer, NetworkClient } from "../helpers/network-client.js";
import { principalOf } from "../helpers/principals.js";

const PAGE = "https://app.example.com";
const ANN = { accountId: "ann" };

describe("a token at the upgrade", () => {
  const cookies = { allowedOrigins: [PAGE], cookieName: "session" };
  test.each([
    ["a header", bearer("ann"), ""],
    ["a subprotocol", { protocols: ["trading.v2", "bearer.ann"] }, "trading.v2"],
    ["a cookie of an allowed page", { headers: { Cookie: "a=b; session=ann", Origin: PAGE } }, ""],
  ])("is accepted in %s", async (_where, options, selected) => {
    const { server, session, base } = await startMarket(cookies);
    for (const url of [session, base]) {
      const client = await NetworkClient.connect(url, options);
      expect(client.socket.protocol).toBe(selected);
      client.subscribe("orders", ANN);
      expect((await client.until("orders.subscribe.response")).payload.status).toBe("ok");
    }
    expect(server.connections.map(({ subject }) => subject)).toEqual(["ann", "ann"]);
  });

  test.each([
    ["a cookie of another page", { headers: { Cookie: "session=ann", Origin: "https://evil.example" } }, 403],
    ["a cookie without a page", { headers: { Cookie: "session=ann" } }, 403],
    [
      "two sources with different tokens",
      { headers: { Cookie: "session=bob", Origin: PAGE, Authorization: "Bearer ann" } },
      400,
    ],
  ])("is refused in %s", async (_where, options, status) => {
    const { server, session } = await startMarket(cookies);
    await expect(NetworkClient.connect(session, options)).rejects.toThrow(`${status}`);
    expect(server.counts().connections).toBe(0);
  });

  test("that is invalid closes a session with 4001 after its welcome, and refuses a base client with 401", async () => {
    const { server, session, base } = await startMarket();
    for (const token of ["bad", `ann~${START}`, `ann~${START - 1}`, "ann~NaN"]) {
      const client = await NetworkClient.connect(session, bearer(token));
      expect(await client.closed).toEqual({ code: 4001, reason: "Unauthorized" });
      expect(client.types).toEqual(["session.welcome"]);
      await expect(NetworkClient.connect(base, bearer(token))).rejects.toThrow("401");
    }
    await until(() => server.counts().connections === 0);
  });

  test("that expires between its verification and its connection closes the connection", async () => {
    /** A clock whose date advances by a millisecond with each call. */
    class TickingClock extends ManualClock {
      #calls = 0;

      override now(): number {
        return super.now() + this.#calls++;
      }
    }
    const clock = new TickingClock();
    const authenticate = () => ({ subject: "ann", expiresAt: clock.now() + 2 });
    const { server, session, base } = await startMarket({ clock, authenticate });
    for (const [url, code] of [
      [session, 4202],
      [base, 1008],
    ] as const) {
      const client = await NetworkClient.connect(url, bearer("ann"));
      clock.advance(0);
      expect((await client.closed).code).toBe(code);
      expect(client.types).toEqual(code === 4202 ? ["session.welcome"] : []);
    }
    await until(() => server.counts().connections === 0);
    clock.advance(1_000);
  });

  test("that expired before the connection is accepted closes the connection", async () => {
    const { server, clock } = await startMarket();
    const principal = { subject: "ann", expiresAt: START };
    const session = MemoryClient.connect(server, { principal });
    const base = MemoryClient.connect(server, { principal, protocol: "base" });
    clock.advance(0);
    expect((await session.closed).code).toBe(4202);
    expect((await base.closed).code).toBe(1008);
    expect(session.messages.map(({ type }) => type)).toEqual(["session.welcome"]);
    await until(() => server.counts().connections === 0);
    expect(server.counts()).toEqual({ connections: 0, topics: 0, subscriptions: 0 });
  });
});

describe("auth.login", () => {
  test("gets a reply with its id, and authorizes private subscriptions", async () => {
    const { server, session } = await startMarket();
    const client = await NetworkClient.session(session);
    client.subscribe("orders", ANN, { id: 1 });
    expect((await client.next()).payload).toEqual({
      status: "error",
      code: "unauthorized",
      message: "Log in first: this is private",
      topic: 'orders:{"accountId":"ann"}',
    });
    client.login("ann", "login");
    expect(await client.next()).toEqual({
      type: "auth.login.response",
      payload: { status: "ok", message: "Logged in", subject: "ann" },
      id: "login",
    });
    client.subscribe("orders", ANN, { id: 2 });
    expect((await client.next()).payload.status).toBe("ok");
    expect(server.connections[0]?.subject).toBe("ann");
  });

  test("with a bad token fails with the same message for each cause, and keeps the earlier login", async () => {
    const { server, logger, session } = await startMarket();
    const client = await NetworkClient.session(session, "ann");
    const replies = [];
    for (const token of ["bad", `ann~${START}`, `bad~${START + 1}`, "x".repeat(20_000).concat("bad")]) {
      client.login(token);
      replies.push((await client.next()).payload);
    }
    expect(new Set(replies.map((reply) => JSON.stringify(reply)))).toEqual(
      new Set(['{"status":"error","message":"The token is not valid","code":"unauthorized"}']),
    );
    expect(server.connections[0]?.subject).toBe("ann");
    expect(JSON.stringify(logger.entries)).not.toContain("bad");
  });

  test("with the token of another subject fails, and the subscriptions continue", async () => {
    const { server, session, sources } = await startMarket();
    const client = await NetworkClient.session(session, "ann");
    await client.request({ type: "orders.subscribe", payload: ANN });
    client.login("bob");
    expect((await client.until("auth.login.response")).payload).toMatchObject({
      status: "error",
      code: "subject_changed",
    });
    sources.orders.publish(order("1"));
    expect((await client.next()).payload.payload.id).toBe("1");
    expect(server.connections[0]?.subject).toBe("ann");
  });

  test("twice concurrently keeps the newer token, even if the older one is verified last", async () => {
    const verifications = new Map<string, ReturnType<typeof deferred>>();
    const { server, session } = await startMarket({
      authenticate: async (token) => {
        const verification = deferred();
        verifications.set(token, verification);
        await verification.promise;
        return principalOf(token);
      },
    });
    const client = await NetworkClient.session(session);
    client.login(`ann~${START + 1_000_000}`, 1);
    client.login(`ann~${START + 2_000_000}`, 2);
    // Completes the second verification first, if the server has started it.
    await client.settled();
    const tokens = [`ann~${START + 2_000_000}`, `ann~${START + 1_000_000}`];
    for (let round = 0; round < 2; round++) {
      for (const token of tokens) {
        verifications.get(token)?.resolve();
        await client.settled();
      }
    }
    expect(client.messages.slice(1).map(({ id, payload }) => [id, payload.status])).toEqual([
      [1, "ok"],
      [2, "ok"],
    ]);
    expect(server.connections[0]?.principal?.expiresAt).toBe(START + 2_000_000);
  });

  test("that fails does not affect the next one", async () => {
    const { server, session } = await startMarket();
    const client = await NetworkClient.session(session);
    client.login("bad", 1);
    client.login("ann", 2);
    client.login("bob", 3);
    await client.settled();
    const outcomes = client.messages.slice(1).map(({ payload: { code, status } }) => code ?? status);
    expect(outcomes).toEqual(["unauthorized", "ok", "subject_changed"]);
    expect(server.connections[0]?.subject).toBe("ann");
  });

  test("keeps the subscriptions that the new token authorizes as well", async () => {
    const { session, sources } = await startMarket();
    const client = await NetworkClient.session(session, "ann");
    await client.request({ type: "orders.subscribe", payload: ANN });
    for (let round = 0; round < 3; round++) client.login(`ann~${START + 1_000_000 + round}`, round);
    sources.orders.publish(order("1"));
    await client.settled();
    sources.orders.publish(order("2"));
    await client.settled();
    expect(client.types.filter((type) => type === "orders.update")).toHaveLength(2);
    expect(client.types).not.toContain("subscription.ended");
  });

  test("fails with authentication_unavailable after 2.5 s, does not count as an error, and can be repeated", async () => {
    let isUp = false;
    const { session, clock } = await startMarket({
      maxErrors: 1,
      authenticate: (token) => (isUp ? principalOf(token) : new Promise(() => {})),
    });
    const client = await NetworkClient.session(session);
    for (let id = 0; id < 3; id++) {
      client.login("ann", id);
      await client.settled();
      clock.advance(2_499);
      await client.settled();
      expect(client.frames).toHaveLength(1 + id);
      clock.advance(1);
      expect(await client.next()).toMatchObject({ id, payload: { code: "authentication_unavailable" } });
    }
    isUp = true;
    client.login("ann", "up");
    expect((await client.next()).payload.status).toBe("ok");
  });

  test("that is verified after the client has disconnected leaves no timer", async () => {
    const verification = deferred();
    const { server, session, clock } = await startMarket({
      authenticate: async () => {
        await verification.promise;
        return { subject: "ann", expiresAt: START + 86_400_000 };
      },
    });
    const client = await NetworkClient.session(session);
    client.login("ann");
    await client.settled();
    client.socket.terminate();
    await until(() => server.counts().connections === 0);
    verification.resolve();
    await turns();
    expect(clock.pending).toBe(0);
  });
});

describe("2.22 the expiry of a token", () => {
  const off = { heartbeatIntervalMs: 0, maxConnectionLifespanMs: 0 };

  test("is announced once, a minute before, and closes the connection to the millisecond", async () => {
    const { session, base, clock } = await startMarket(off);
    const token = `ann~${START + 300_000}`;
    const [client, plain] = [
      await NetworkClient.session(session, token),
      await NetworkClient.connect(base, bearer(token)),
    ];
    clock.advance(239_999);
    await client.settled();
    expect(client.frames).toHaveLength(1);
    clock.advance(1);
    expect(await client.next()).toEqual({ type: "auth.expiring", payload: { expiresInMs: 60_000 } });
    clock.advance(59_999);
    await client.settled();
    await plain.settled();
    expect([client.isOpen, plain.isOpen]).toEqual([true, true]);
    clock.advance(1);
    expect(await client.closed).toEqual({ code: 4202, reason: "Token expired" });
    expect(await plain.closed).toEqual({ code: 1008, reason: "Policy violation" });
    expect(client.types).toEqual(["session.welcome", "auth.expiring"]);
    expect(plain.frames).toEqual([]);
  });

  test("of a short-lived token is announced after half of its lifetime", async () => {
    const { session, clock } = await startMarket(off);
    const client = await NetworkClient.session(session, `ann~${START + 20_000}`);
    clock.advance(9_999);
    await client.settled();
    expect(client.frames).toHaveLength(1);
    clock.advance(1);
    expect((await client.next()).payload).toEqual({ expiresInMs: 10_000 });
    clock.advance(10_000);
    expect((await client.closed).code).toBe(4202);
  });

  test("is postponed by a new token, which is announced as well, and not by a refused one", async () => {
    const { session, clock } = await startMarket(off);
    const client = await NetworkClient.session(session, `ann~${START + 120_000}`);
    clock.advance(60_000);
    expect((await client.next()).type).toBe("auth.expiring");
    client.login(`ann~${START + 200_000}`);
    expect((await client.next()).payload.status).toBe("ok");
    clock.advance(79_999);
    await client.settled();
    expect(client.types).toEqual(["session.welcome", "auth.expiring", "auth.login.response"]);
    clock.advance(1);
    expect(await client.next()).toEqual({ type: "auth.expiring", payload: { expiresInMs: 60_000 } });
    client.login(`bob~${START + 900_000}`);
    expect((await client.next()).payload.code).toBe("subject_changed");
    clock.advance(60_000);
    expect((await client.closed).code).toBe(4202);
  });

  test("can become earlier with a new token", async () => {
    const { session, clock } = await startMarket(off);
    const client = await NetworkClient.session(session, "ann");
    client.login(`ann~${START + 1_000}`);
    await client.next();
    clock.advance(1_000);
    expect((await client.closed).code).toBe(4202);
  });

  test("is checked again when the date jumps forward or back", async () => {
    const { session, clock } = await startMarket(off);
    const [later, sooner] = [
      await NetworkClient.session(session, `ann~${START + 3_600_000}`),
      await NetworkClient.session(session, `bob~${START + 100_000}`),
    ];
    clock.jump(-3_600_000);
    clock.advance(100_000);
    await sooner.settled();
    expect([sooner.isOpen, sooner.types]).toEqual([true, ["session.welcome"]]);
    clock.jump(3_600_000);
    clock.advance(30_000);
    expect((await sooner.closed).code).toBe(4202);
    await later.settled();
    expect(later.isOpen).toBe(true);
    clock.jump(3_600_000);
    clock.advance(30_000);
    expect((await later.closed).code).toBe(4202);
  });

  test("releases the subscriptions", async () => {
    const { server, session, sources, clock } = await startMarket({ ...off, lingerMs: 0 });
    const client = await NetworkClient.session(session, `ann~${START + 1_000}`);
    await client.request({ type: "orders.subscribe", payload: ANN });
    clock.advance(1_000);
    expect(sources.orders.publish(order("1"))).toBe(false);
    await client.closed;
    expect(server.counts().subscriptions).toBe(0);
  });
});
