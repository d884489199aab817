import { describe, expect, test } from "vitest";
import type { MemoryClient } from "../../src/testing/index.js";
import { deferred } from "../helpers/server.js";
import { ORDERS_OF_ANN, rest, setup, told } from "../helpers/session.js";

describe("logging in", () => {
  const login = (client: MemoryClient, token: string, id = token) =>
    client.send({ type: "auth.login", payload: { token }, id });

  test("opens what is private; without it that is unauthorized, with another's login forbidden", async () => {
    const { connect } = setup();
    const client = connect();
    client.subscribe("orders", { accountId: "ann" }, { id: 1 });
    await rest();
    login(client, "bob");
    await rest();
    client.subscribe("orders", { accountId: "ann" }, { id: 2 });
    client.subscribe("orders", { accountId: "nobody there" }, { id: 3 });
    await rest();
    const other = connect({ principal: { subject: "ann" } });
    other.subscribe("orders", { accountId: "ann" }, { id: 4 });
    await rest();
    expect(told(client).map(([type, { status, code }]) => [type, status, code])).toEqual([
      ["orders.subscribe.response", "error", "unauthorized"],
      ["auth.login.response", "ok", undefined],
      ["orders.subscribe.response", "error", "forbidden"],
      ["orders.subscribe.response", "error", "forbidden"],
    ]);
    const refusals = told(client)
      .slice(2)
      .map(([, { message }]) => message);
    expect(new Set(refusals).size).toBe(1);
    expect(told(other)[0]).toMatchObject(["orders.subscribe.response", { status: "ok", topic: ORDERS_OF_ANN }]);
  });

  test("with a token that is not valid, or another subject's, changes nothing", async () => {
    const { connect, server } = setup();
    const client = connect();
    login(client, "bad");
    await rest();
    login(client, "ann");
    await rest();
    login(client, "bob");
    await rest();
    expect(told(client).map(([, { status, code }]) => [status, code])).toEqual([
      ["error", "unauthorized"],
      ["ok", undefined],
      ["error", "subject_changed"],
    ]);
    expect(server.connections[0]?.subject).toBe("ann");
  });

  test("twice at once, the one that was sent last holds, however late the first is answered", async () => {
    const starts = new Map<string, ReturnType<typeof deferred>>();
    const { connect, server } = setup({
      authenticate: async (token) => {
        const start = deferred();
        starts.set(token, start);
        await start.promise;
        return { subject: "ann", claims: { token } };
      },
    });
    const client = connect();
    login(client, "first");
    login(client, "second");
    await rest();
    expect([...starts.keys()]).toEqual(["first"]);
    starts.get("first")?.resolve();
    await rest();
    starts.get("second")?.resolve();
    await rest();
    expect(client.messages.slice(1).map(({ id }) => id)).toEqual(["first", "second"]);
    expect(server.connections[0]?.principal?.claims).toEqual({ token: "second" });
  });

  test("waits a limited time, and tells that another try may help", async () => {
    const { connect, clock } = setup({ authenticate: () => new Promise(() => {}) });
    const client = connect();
    login(client, "ann");
    await rest();
    clock.advance(2_500);
    await rest();
    expect(told(client)[0]?.[1]).toMatchObject({ status: "error", code: "authentication_unavailable" });
  });

  test("ends with its token: warned once, closed in time, kept by a fresh one", async () => {
    const { connect, clock } = setup({ heartbeatIntervalMs: 0 });
    const client = connect({ principal: { subject: "ann", expiresAt: 300_000 } });
    const lazy = connect({ principal: { subject: "bob", expiresAt: 300_000 } });
    const base = connect({ protocol: "base", principal: { subject: "carl", expiresAt: 300_000 } });
    clock.advance(239_999);
    await rest();
    expect(told(client)).toEqual([]);
    clock.advance(1);
    await rest();
    expect(told(client)).toEqual([["auth.expiring", { expiresInMs: 60_000 }]]);
    login(client, "ann@600000");
    await rest();
    clock.advance(59_999);
    await rest();
    expect(told(client).map(([type]) => type)).toEqual(["auth.expiring", "auth.login.response"]);
    clock.advance(1);
    expect(await lazy.closed).toEqual({ code: 4202, reason: "Token expired" });
    expect(await base.closed).toEqual({ code: 1008, reason: "Policy violation" });
    expect(told(lazy)).toHaveLength(1);
    expect(base.messages).toEqual([]);
    clock.advance(300_000);
    expect((await client.closed).code).toBe(4202);
  });

  test("follows a date that jumps within half a minute", async () => {
    const { connect, clock } = setup({ heartbeatIntervalMs: 0 });
    const client = connect({ principal: { subject: "ann", expiresAt: 3_600_000 } });
    clock.jump(3_600_000);
    clock.advance(29_999);
    expect(told(client)).toEqual([]);
    clock.advance(1);
    expect((await client.closed).code).toBe(4202);
  });
});
