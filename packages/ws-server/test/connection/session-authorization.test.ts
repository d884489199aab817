import { orders } from "@trading/topic";
import { describe, expect, test } from "vitest";
import type { MemoryClient } from "../../src/testing/index.js";
import { AAPL, ORDERS_OF_ANN, type Order, order } from "../helpers/data.js";
import { turns, until } from "../helpers/event-loop.js";
import { received, setup, untilReceived } from "../helpers/session.js";

describe("a private route", () => {
  const ann = { principal: { subject: "ann" } };

  test("is authorized at each subscribe and each resume", async () => {
    const { connect, authorized, server, sources } = setup();
    const client = connect(ann);
    client.subscribe("orders", { accountId: "ann" });
    await untilReceived(client, 2);
    sources.orders.publish(order("1"));
    await untilReceived(client, 3);
    const [[, reply] = []] = received(client);
    const { epoch, offset } = reply as { epoch: string; offset: number };
    client.disconnect();
    await until(() => server.counts().connections === 0);
    const stranger = connect({ principal: { subject: "bob" } });
    stranger.subscribe("orders", { accountId: "ann" }, { resume: { epoch, offset } });
    await untilReceived(stranger, 1);
    expect(authorized.map(({ subject }) => subject)).toEqual(["ann", "bob"]);
    expect(received(stranger)).toHaveLength(1);
    expect(received(stranger)[0]?.[1]).toMatchObject({ status: "error", code: "forbidden", topic: ORDERS_OF_ANN });
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
      1,
    ],
    ["rejects", () => Promise.reject(new Error("no")), 1],
    ["returns a truthy value other than true", () => 1 as unknown as boolean, 0],
  ])("is forbidden when the authorizer %s", async (_name, authorize, errors) => {
    const { connect, logger, server } = setup({ authorize });
    const client = connect(ann);
    client.subscribe("orders", { accountId: "ann" });
    await untilReceived(client, 1);
    expect(received(client)[0]?.[1]).toMatchObject({ status: "error", code: "forbidden" });
    expect(logger.entries.filter(({ level }) => level === "error")).toHaveLength(errors);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("is forbidden when the authorizer takes longer than 2.5 s", async () => {
    let isStarted = false;
    const { connect, clock } = setup({
      authorize: () => {
        isStarted = true;
        return new Promise(() => {});
      },
    });
    const client = connect(ann);
    client.subscribe("orders", { accountId: "ann" });
    await until(() => isStarted);
    clock.advance(2_500);
    await untilReceived(client, 1);
    expect(received(client)[0]?.[1]).toMatchObject({ status: "error", code: "forbidden" });
  });

  test("ends for a session, and closes a base connection, when reauthorize finds it forbidden", async () => {
    let isAllowed = true;
    const { connect, server, sources } = setup({ authorize: () => isAllowed });
    const [session, base] = [connect(ann), connect({ ...ann, protocol: "base" })];
    for (const client of [session, base]) {
      client.subscribe("orders", { accountId: "ann" });
      client.subscribe("bars", AAPL);
    }
    await Promise.all([untilReceived(session, 4), untilReceived(base, 2)]);
    isAllowed = false;
    await server.reauthorize();
    sources.orders.publish(order("1"));
    await turns();
    expect(received(session).at(-1)).toEqual([
      "subscription.ended",
      { topic: ORDERS_OF_ANN, code: "forbidden", retryable: false },
    ]);
    expect(await base.closed).toMatchObject({ code: 1008 });
    expect(server.connections.map(({ topics }) => topics)).toEqual([[expect.stringContaining("bars:")]]);
  });

  test("ends when a new token does not authorize it", async () => {
    const { connect } = setup({
      authenticate: (token) => ({ subject: "ann", claims: { token } }),
      authorize: (principal) => principal?.claims?.token !== "less",
    });
    const client = connect(ann);
    client.subscribe("orders", { accountId: "ann" });
    await untilReceived(client, 2);
    client.send({ type: "auth.login", payload: { token: "less" } });
    await untilReceived(client, 4);
    expect(
      received(client)
        .map(([type]) => type)
        .slice(-2),
    ).toEqual(["auth.login.response", "subscription.ended"]);
  });

  test("sends each account only its own updates, from a separate source topic", async () => {
    const { connect, sources } = setup();
    const [mine, theirs] = [connect(ann), connect({ principal: { subject: "bob" } })];
    mine.subscribe("orders", { accountId: "ann" });
    theirs.subscribe("orders", { accountId: "bob" });
    await Promise.all([untilReceived(mine, 2), untilReceived(theirs, 2)]);
    sources.orders.publish(order("1"), ORDERS_OF_ANN);
    await untilReceived(mine, 3);
    mine.disconnect();
    sources.orders.publish(order("2"), orders.buildTopic({ accountId: "bob" }));
    await untilReceived(theirs, 3);
    const ids = (client: MemoryClient) => received(client).flatMap(([, { payload }]) => (payload as Order)?.id ?? []);
    expect([ids(mine), ids(theirs)]).toEqual([["1"], ["2"]]);
  });

  test("is not disclosed to another user by any other spelling of its parameters", async () => {
    const { connect, sources } = setup({ maxErrors: 0, maxRequestsPerSecond: 0 });
    const owner = connect(ann);
    owner.subscribe("orders", { accountId: "ann" });
    await untilReceived(owner, 2);
    const stranger = connect({ principal: { subject: "bob" } });
    const spellings = [
      '{"accountId":"ann","accountId":"bob"}',
      '{"accountId":"bob","accountId":"ann"}',
      '{"accountId":["ann"]}',
      '{"accountId":"\\u0061nn"}',
      '{"accountId":"ann","x":1}',
      '{"x":1,"accountId":"ann"}',
      '{"accountId":"ANN"}',
      '{"accountId":"ann "}',
      '{"accountId":"a\\u200bnn"}',
      '{"accountId":"ann\\u0000"}',
      '{"__proto__":{"accountId":"ann"}}',
      '{"accountId":null}',
      '{"accountId":{"toString":"ann"}}',
    ];
    for (const payload of spellings) stranger.send(`{"type":"orders.subscribe","payload":${payload}}`);
    await untilReceived(stranger, spellings.length);
    sources.orders.publish(order("secret"), ORDERS_OF_ANN);
    await untilReceived(owner, 3);
    await turns();
    expect(JSON.stringify(stranger.messages)).not.toContain("secret");
    expect(JSON.stringify(owner.messages)).toContain("secret");
  });
});
