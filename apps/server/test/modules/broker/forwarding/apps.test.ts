import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryHub } from "@trading/ws-server/cluster";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Client } from "../../../helpers.js";
import { until } from "../../../until.js";
import { FakeMarket } from "../fake-market.js";
import { hasPostgres, type PostgresServer, startPostgres } from "../postgres-server.js";
import { follow, type StoreLocation, startNode } from "./apps.js";

const BUY = { symbol: "AAPL", type: 2, side: 1, qty: 10 } as const;
const LIMIT = { symbol: "AAPL", type: 1, side: 1, qty: 10, limitPrice: 90 } as const;
const WORKING = 6;
const FILLED = 2;

let postgres: PostgresServer | undefined;
beforeAll(async () => {
  if (hasPostgres) postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const kinds: { readonly name: string; locate(): Promise<StoreLocation> }[] = [
  {
    name: "one file",
    async locate() {
      const dataDirectory = mkdtempSync(join(tmpdir(), "cluster-"));
      onTestFinished(() => rmSync(dataDirectory, { recursive: true }));
      return { dataDirectory };
    },
  },
];
let databases = 0;
if (hasPostgres) {
  const locate = async () => ({ databaseUrl: await (postgres as PostgresServer).create(`cluster${++databases}`) });
  kinds.push({ name: "one PostgreSQL database", locate });
}

/** Starts two servers of a cluster. The first one runs the broker. */
async function startTwo(locate: () => Promise<StoreLocation>) {
  const location = await locate();
  const hub = new MemoryHub();
  const market = new FakeMarket();
  market.setTopOfBook("AAPL", 99.9, 100.1);
  const start = () => startNode(hub, market, location);
  const [holder, other] = [await start(), await start()];
  await until(() => hub.claims.some(({ key, node }) => key === "broker" && node === holder.bus.node));
  return { hub, market, holder, other, start };
}

describe.each(kinds)("two servers of a cluster on $name", ({ locate }) => {
  test("an order on either is seen on both, over HTTP and over the socket", async () => {
    const { holder, other } = await startTwo(locate);
    expect([holder.module.readiness().status, other.module.readiness()]).toEqual([
      "ready",
      { status: "ready", reason: expect.stringMatching(/^forwards to .+/) },
    ]);
    const seen = [holder, other].map((node) => follow(node, "A-1"));
    await until(() => seen.every(({ isLive }) => isLive));
    const rests = [holder, other].map((node) => node.restOf("A-1"));
    const ids: string[] = [];
    for (const rest of rests) {
      ids.push((await rest.placeOrder("A-1", LIMIT)).orderId as string);
      ids.push((await rest.placeOrder("A-1", BUY)).orderId as string);
    }
    await until(() =>
      seen.every(({ orders, executions, notifications }) => {
        return orders.size === 4 && executions.length === 2 && notifications.length >= 2;
      }),
    );
    const statuses = [WORKING, FILLED, WORKING, FILLED];
    for (const { orders, positions, notifications } of seen) {
      expect(ids.map((id) => orders.get(id)?.status)).toEqual(statuses);
      expect(positions.get("AAPL")?.qty).toBe(20);
      expect(notifications).toEqual(seen[0]?.notifications);
    }
    const [ofHolder, ofOther] = await Promise.all(
      rests.map((rest) => Promise.all([rest.orders("A-1"), rest.positions("A-1"), rest.executions("A-1", "AAPL")])),
    );
    expect(ofOther).toEqual(ofHolder);
    expect(ofOther?.[0]?.map(({ status }) => status)).toEqual(statuses);
  });

  test("the server of the client decides about access to an account", async () => {
    const { other } = await startTwo(locate);
    await expect(other.restOf("A-2").orders("A-1")).rejects.toMatchObject({ status: 403 });
    const client = await Client.connect(other.url, "A-2");
    client.send("orders.subscribe", { accountId: "A-1" });
    const { payload } = await client.next();
    expect(payload).toMatchObject({ status: "error", code: "forbidden" });
  });

  test("another one takes over under orders: each is executed once, stops are triggered, logs report a gap", async () => {
    const { hub, market, holder, other, start } = await startTwo(locate);
    const third = await start();
    const seen = follow(other, "A-1");
    await until(() => seen.isLive);
    const rest = other.restOf("A-1");
    const stop = await rest.placeOrder("A-1", { symbol: "AAPL", type: 3, side: 1, qty: 1, stopPrice: 120 });
    const before = await rest.placeOrder("A-1", BUY);
    await until(() => seen.executions.length === 1);
    const ids = new Map<string, string>();
    let closing: Promise<void> | undefined;
    /** Places an order until it is acknowledged, on any of the remaining servers. */
    const place = async (key: string) => {
      for (let attempt = 0; !ids.has(key); attempt++) {
        const node = attempt % 2 === 0 ? other : third;
        const reply = await fetch(`${node.baseUrl}/broker/orders?accountId=A-1`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: "Bearer A-1", "idempotency-key": key },
          body: JSON.stringify(LIMIT),
        });
        if (reply.ok) ids.set(key, ((await reply.json()) as { orderId: string }).orderId);
        else expect(reply.status).toBe(503);
        if (ids.size === 20) closing ??= holder.close();
      }
    };
    await Promise.all(
      Array.from({ length: 10 }, async (_, client) => {
        for (let order = 0; order < 10; order++) await place(`${client}-${order}`);
      }),
    );
    await closing;
    const newHolder = hub.claims.find(({ key }) => key === "broker")?.node;
    expect([other.bus.node, third.bus.node]).toContain(newHolder);
    const listed = (await third.restOf("A-1").orders("A-1")).map(({ id }) => id);
    expect(listed.toSorted()).toEqual([stop.orderId, before.orderId, ...ids.values()].toSorted());
    expect(new Set(ids.values()).size).toBe(100);

    await until(() => seen.isLive && seen.orders.size === 102);
    market.setTopOfBook("AAPL", 121, 121.2);
    await until(() => seen.orders.get(stop.orderId as string)?.status === FILLED);
    await until(() => seen.executions.length === 2);
    expect(seen.gaps).toEqual(["not_recovered"]);
    expect(market.watched).toEqual(["AAPL"]);
  });

  test("without a server that runs the broker, requests and topics are refused as retryable, and recover", async () => {
    const { holder, other, hub } = await startTwo(locate);
    const seen = follow(other, "A-1");
    await until(() => seen.isLive);
    other.bus.block();
    await until(() => !other.bus.isUp);
    expect(other.module.readiness().status).toBe("standby");
    await expect(other.restOf("A-1").placeOrder("A-1", LIMIT)).rejects.toMatchObject({ status: 503, code: "standby" });
    await until(() => !seen.isLive);
    const { orderId } = await holder.restOf("A-1").placeOrder("A-1", LIMIT);
    other.bus.unblock();
    await until(() => seen.isLive && seen.orders.has(orderId as string));
    expect(hub.claims.filter(({ key }) => key === "broker")).toHaveLength(1);
  });

  test("a server without sources never runs the broker, even while no other does, and forwards to the one that does", async () => {
    const location = await locate();
    const [hub, market] = [new MemoryHub(), new FakeMarket()];
    market.setTopOfBook("AAPL", 99.9, 100.1);
    const gateway = await startNode(hub, market, location, { ownsTopics: false });
    expect(gateway.module.readiness()).toEqual({
      status: "unavailable",
      reason: "no other server runs the broker",
    });
    const rest = gateway.restOf("A-1");
    await expect(rest.placeOrder("A-1", LIMIT)).rejects.toMatchObject({ status: 503, code: "no_broker" });
    const holder = await startNode(hub, market, location);
    expect(holder.module.readiness()).toEqual({ status: "ready" });
    await until(() => gateway.module.readiness().reason === `forwards to ${holder.bus.node}`);
    const seen = follow(gateway, "A-1");
    await until(() => seen.isLive);
    const { orderId } = await rest.placeOrder("A-1", BUY);
    await until(() => seen.orders.get(orderId as string)?.status === FILLED && seen.executions.length === 1);
    await holder.close();
    await until(() => gateway.module.readiness().status === "unavailable");
    expect(hub.claims.filter(({ key }) => key === "broker")).toEqual([]);
    await expect(rest.orders("A-1")).rejects.toMatchObject({ status: 503, code: "no_broker" });
  });
});
