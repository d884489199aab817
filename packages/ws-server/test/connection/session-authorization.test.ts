import { orders } from "@trading/topic";
import { describe, expect, test } from "vitest";
import type { MemoryClient } from "../../src/testing/index.js";
import { AAPL, ORDERS_OF_ANN, type Order, order, rest, setup, told } from "../helpers/session.js";

describe("what is private", () => {
  const ann = { principal: { subject: "ann" } };

  test("is asked about at each subscribe and each resume", async () => {
    const { connect, asked, sources } = setup();
    const client = connect(ann);
    client.subscribe("orders", { accountId: "ann" });
    await rest();
    sources.orders.publish(order("1"));
    await rest();
    const [[, reply] = []] = told(client);
    const { epoch, offset } = reply as { epoch: string; offset: number };
    client.disconnect();
    await rest();
    const stranger = connect({ principal: { subject: "bob" } });
    stranger.subscribe("orders", { accountId: "ann" }, { resume: { epoch, offset } });
    await rest();
    expect(asked.map(({ subject }) => subject)).toEqual(["ann", "bob"]);
    expect(told(stranger)).toHaveLength(1);
    expect(told(stranger)[0]?.[1]).toMatchObject({ status: "error", code: "forbidden", topic: ORDERS_OF_ANN });
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
    ["returns something true that is not true", () => 1 as unknown as boolean, 0],
  ])("is refused where the authorizer %s", async (_name, authorize, errors) => {
    const { connect, logger, server } = setup({ authorize });
    const client = connect(ann);
    client.subscribe("orders", { accountId: "ann" });
    await rest();
    expect(told(client)[0]?.[1]).toMatchObject({ status: "error", code: "forbidden" });
    expect(logger.entries.filter(({ level }) => level === "error")).toHaveLength(errors);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("is refused where the authorizer does not answer in time", async () => {
    const { connect, clock } = setup({ authorize: () => new Promise(() => {}) });
    const client = connect(ann);
    client.subscribe("orders", { accountId: "ann" });
    await rest();
    clock.advance(2_500);
    await rest();
    expect(told(client)[0]?.[1]).toMatchObject({ status: "error", code: "forbidden" });
  });

  test("is taken again when the right to it is withdrawn", async () => {
    let mayHold = true;
    const { connect, server, sources } = setup({ authorize: () => mayHold });
    const [session, base] = [connect(ann), connect({ ...ann, protocol: "base" })];
    for (const client of [session, base]) {
      client.subscribe("orders", { accountId: "ann" });
      client.subscribe("bars", AAPL);
    }
    await rest();
    mayHold = false;
    await server.reauthorize();
    sources.orders.publish(order("1"));
    await rest();
    expect(told(session).at(-1)).toEqual([
      "subscription.ended",
      { topic: ORDERS_OF_ANN, code: "forbidden", retryable: false },
    ]);
    expect(await base.closed).toMatchObject({ code: 1008 });
    expect(server.connections.map(({ topics }) => topics)).toEqual([[expect.stringContaining("bars:")]]);
  });

  test("is taken by a fresh token with fewer rights", async () => {
    const { connect } = setup({
      authenticate: (token) => ({ subject: "ann", claims: { token } }),
      authorize: (principal) => principal?.claims?.token !== "less",
    });
    const client = connect(ann);
    client.subscribe("orders", { accountId: "ann" });
    await rest();
    client.send({ type: "auth.login", payload: { token: "less" } });
    await rest();
    expect(
      told(client)
        .map(([type]) => type)
        .slice(-2),
    ).toEqual(["auth.login.response", "subscription.ended"]);
  });

  test("goes to its own account alone, of which each has a source of its own", async () => {
    const { connect, sources } = setup();
    const [mine, theirs] = [connect(ann), connect({ principal: { subject: "bob" } })];
    mine.subscribe("orders", { accountId: "ann" });
    theirs.subscribe("orders", { accountId: "bob" });
    await rest();
    sources.orders.publish(order("1"), ORDERS_OF_ANN);
    await rest();
    mine.disconnect();
    sources.orders.publish(order("2"), orders.buildTopic({ accountId: "bob" }));
    await rest();
    const ids = (client: MemoryClient) => told(client).flatMap(([, { payload }]) => (payload as Order)?.id ?? []);
    expect([ids(mine), ids(theirs)]).toEqual([["1"], ["2"]]);
  });

  test("is nobody else's by any other spelling of its parameters", async () => {
    const { connect, sources } = setup({ maxErrors: 0, maxRequestsPerSecond: 0 });
    const owner = connect(ann);
    owner.subscribe("orders", { accountId: "ann" });
    await rest();
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
    await rest();
    sources.orders.publish(order("secret"), ORDERS_OF_ANN);
    await rest();
    expect(JSON.stringify(stranger.messages)).not.toContain("secret");
    expect(JSON.stringify(owner.messages)).toContain("secret");
  });
});
