import { describe, expect, test } from "vitest";
import type { Principal } from "../../src/index.js";
import type { MemoryClient } from "../../src/testing/index.js";
import { ORDERS_OF_ANN } from "../helpers/data.js";
import { deferred, turns, until } from "../helpers/event-loop.js";
import { received, setup, untilReceived } from "../helpers/session.js";

/** Returns the principal of a token "subject" or "subject@expiresAt". */
function principalOf(token: string): Principal {
  const [subject = "", expiresAt] = token.split("@");
  if (subject.includes("bad")) throw new Error("no such token");
  return { subject, ...(expiresAt !== undefined && { expiresAt: Number(expiresAt) }) };
}

describe("auth.login", () => {
  const login = (client: MemoryClient, token: string, id = token) =>
    client.send({ type: "auth.login", payload: { token }, id });

  test("authorizes private subscriptions, which are unauthorized without a login and forbidden for another user", async () => {
    const { connect } = setup();
    const client = connect();
    client.subscribe("orders", { accountId: "ann" }, { id: 1 });
    await untilReceived(client, 1);
    login(client, "bob");
    await untilReceived(client, 2);
    client.subscribe("orders", { accountId: "ann" }, { id: 2 });
    client.subscribe("orders", { accountId: "nobody there" }, { id: 3 });
    await untilReceived(client, 4);
    const other = connect({ principal: { subject: "ann" } });
    other.subscribe("orders", { accountId: "ann" }, { id: 4 });
    await untilReceived(other, 1);
    expect(received(client).map(([type, { status, code }]) => [type, status, code])).toEqual([
      ["orders.subscribe.response", "error", "unauthorized"],
      ["auth.login.response", "ok", undefined],
      ["orders.subscribe.response", "error", "forbidden"],
      ["orders.subscribe.response", "error", "forbidden"],
    ]);
    const messages = received(client)
      .slice(2)
      .map(([, { message }]) => message);
    expect(new Set(messages).size).toBe(1);
    expect(received(other)[0]).toMatchObject(["orders.subscribe.response", { status: "ok", topic: ORDERS_OF_ANN }]);
  });

  test("with an invalid token or the token of another subject keeps the current principal", async () => {
    const { connect, server } = setup();
    const client = connect();
    for (const [index, token] of ["bad", "ann", "bob"].entries()) {
      login(client, token);
      await untilReceived(client, index + 1);
    }
    expect(received(client).map(([, { status, code }]) => [status, code])).toEqual([
      ["error", "unauthorized"],
      ["ok", undefined],
      ["error", "subject_changed"],
    ]);
    expect(server.connections[0]?.subject).toBe("ann");
  });

  test("verifies concurrent logins one after the other, so that the last one sent determines the principal", async () => {
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
    await turns();
    expect([...starts.keys()]).toEqual(["first"]);
    starts.get("first")?.resolve();
    await until(() => starts.has("second"));
    starts.get("second")?.resolve();
    await untilReceived(client, 2);
    expect(client.messages.slice(1).map(({ id }) => id)).toEqual(["first", "second"]);
    expect(server.connections[0]?.principal?.claims).toEqual({ token: "second" });
  });

  test("fails with authentication_unavailable when the verification takes longer than 2.5 s", async () => {
    let isStarted = false;
    const { connect, clock } = setup({
      authenticate: () => {
        isStarted = true;
        return new Promise(() => {});
      },
    });
    const client = connect();
    login(client, "ann");
    await until(() => isStarted);
    clock.advance(2_500);
    await untilReceived(client, 1);
    expect(received(client)[0]?.[1]).toMatchObject({ status: "error", code: "authentication_unavailable" });
  });

  test("warns once before the token expires and closes the connection at its expiry, unless a new token was sent", async () => {
    const { connect, clock } = setup({ heartbeatIntervalMs: 0, authenticate: principalOf });
    const client = connect({ principal: { subject: "ann", expiresAt: 300_000 } });
    const lazy = connect({ principal: { subject: "bob", expiresAt: 300_000 } });
    const base = connect({ protocol: "base", principal: { subject: "carl", expiresAt: 300_000 } });
    clock.advance(239_999);
    await turns();
    expect(received(client)).toEqual([]);
    clock.advance(1);
    await untilReceived(client, 1);
    expect(received(client)).toEqual([["auth.expiring", { expiresInMs: 60_000 }]]);
    login(client, "ann@600000");
    await untilReceived(client, 2);
    clock.advance(59_999);
    await turns();
    expect(received(client).map(([type]) => type)).toEqual(["auth.expiring", "auth.login.response"]);
    clock.advance(1);
    expect(await lazy.closed).toEqual({ code: 4202, reason: "Token expired" });
    expect(await base.closed).toEqual({ code: 1008, reason: "Policy violation" });
    expect(received(lazy)).toHaveLength(1);
    expect(base.messages).toEqual([]);
    clock.advance(300_000);
    expect((await client.closed).code).toBe(4202);
  });

  test("closes the connection within 30 s after the date has jumped past the expiry", async () => {
    const { connect, clock } = setup({ heartbeatIntervalMs: 0 });
    const client = connect({ principal: { subject: "ann", expiresAt: 3_600_000 } });
    clock.jump(3_600_000);
    clock.advance(29_999);
    expect(received(client)).toEqual([]);
    clock.advance(1);
    expect((await client.closed).code).toBe(4202);
  });
});
