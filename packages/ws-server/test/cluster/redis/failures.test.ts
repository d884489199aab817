import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { FaultProxy } from "../../../../../tooling/chaos/src/fault-proxy.js";
import { freePort } from "../../../../../tooling/src/free-port.mjs";
import { hasRedis, RedisServer } from "../../../../../tooling/src/redis/redis-server.mjs";
import { RecordingNode } from "./recording-node.js";

async function startRedis(...settings: readonly string[]): Promise<RedisServer> {
  const redis = await RedisServer.start(...settings);
  onTestFinished(() => redis.stop());
  return redis;
}

/** Waits as long as the test may take: only a fault lasts longer. */
const PATIENT = { timeout: 240_000 };

/** Sends messages until one arrives. One that is sent while a connection is replaced is lost, which on a busy machine happens at any time. */
async function untilHeard(node: RecordingNode, from: RecordingNode): Promise<void> {
  const count = () => {
    from.send(node, "hello");
    return node.count("message hello");
  };
  await expect.poll(count, PATIENT).toBeGreaterThan(0);
}

describe.skipIf(!hasRedis)("a RedisBus", () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await startRedis();
  });

  test("connects when Redis is started later, and has said why it did not before", async () => {
    await redis.kill();
    const node = new RecordingNode({ url: redis.url });
    await expect.poll(() => node.bus.problem, PATIENT).toMatch(/^Redis at \S+ refuses connections: check that it runs/);
    await redis.start();
    await node.until("up");
    expect([node.bus.isUp, node.bus.problem]).toEqual([true, undefined]);
    expect(node.problems).toHaveLength(1);
  });

  test("notices a restart that has emptied Redis as another life of the store", async () => {
    const node = await RecordingNode.up({ url: redis.url });
    const { incarnation } = node.bus;
    await node.bus.claim(node.claimOf("key"));
    await redis.kill();
    await node.until("down");
    await expect(node.bus.claim(node.claimOf("key"))).rejects.toThrow("The connection to Redis is closed");
    await redis.start();
    await node.until("up", 2);
    expect(node.bus.incarnation).not.toBe(incarnation);
    expect(await node.bus.find("key")).toBeUndefined();
  });

  test("notices that the keys were deleted on an open connection", async () => {
    const node = await RecordingNode.up({ url: redis.url, lifetimeMs: 400 });
    const { incarnation } = node.bus;
    redis.run("FLUSHALL");
    await node.until("up", 2);
    expect(node.events).toEqual(["up", "down", "up"]);
    expect(node.bus.incarnation).not.toBe(incarnation);
    expect(node.problems).toEqual([expect.stringMatching(/^Redis at \S+ was emptied$/)]);
  });

  test("keeps its claims and the life of the store while Redis stands still", async () => {
    const [node, other] = [
      await RecordingNode.up({ url: redis.url, lifetimeMs: 400 }),
      await RecordingNode.up({ url: redis.url, timeoutMs: 60_000 }),
    ];
    const { incarnation } = node.bus;
    const claim = node.claimOf("key");
    await node.bus.claim(claim);
    const [ups, downs] = [node.count("up"), node.count("down")];
    redis.pause();
    const find = node.bus.find("key");
    await node.until("down", downs + 1);
    await expect(find).rejects.toThrow();
    redis.resume();
    await node.until("up", ups + 1);
    expect(node.bus.incarnation).toBe(incarnation);
    await expect.poll(() => other.bus.find("key"), PATIENT).toEqual(claim);
    await untilHeard(node, other);
    expect(other.events).toEqual(["up"]);
  });

  test("connects again after its connection was killed", async () => {
    const [node, other] = [await RecordingNode.up({ url: redis.url }), await RecordingNode.up({ url: redis.url })];
    const { incarnation } = node.bus;
    redis.run("CLIENT", "KILL", "TYPE", "pubsub");
    await Promise.all([node.until("up", 2), other.until("up", 2)]);
    expect(node.events).toEqual(["up", "down", "up"]);
    expect(node.bus.incarnation).toBe(incarnation);
    other.send(node, "hello");
    await node.until("message hello");
  });

  test("sends scripts again that Redis has forgotten", async () => {
    const node = await RecordingNode.up({ url: redis.url });
    const claim = node.claimOf("key");
    redis.run("SCRIPT", "FLUSH");
    expect(await node.bus.claim(claim)).toEqual(claim);
    redis.run("SCRIPT", "FLUSH");
    await node.bus.release(claim);
    expect(await node.bus.find("key")).toBeUndefined();
  });
});

describe.skipIf(!hasRedis)("a RedisBus behind a network with faults", () => {
  async function startBehindProxy(...settings: readonly string[]) {
    const port = await freePort();
    const redis = await startRedis("--port", String(port), ...settings);
    const proxy = await FaultProxy.listen({ target: port });
    onTestFinished(() => proxy.close());
    return { redis, proxy, url: `redis://127.0.0.1:${proxy.port}` };
  }

  test("replaces a connection that delivers nothing", async () => {
    const { redis, proxy, url } = await startBehindProxy();
    const node = await RecordingNode.up({ url, lifetimeMs: 400 });
    const other = await RecordingNode.up({ url: redis.url });
    const ups = node.count("up");
    proxy.inflict({ does: "black hole" });
    await node.until("up", ups + 1);
    expect(node.problems[0]).toMatch(/has not replied for 2000 ms$/);
    await untilHeard(node, other);
  });

  test("that is cut off counts as dead before its lifetime has ended, and is alive again with its next connection", async () => {
    const { redis, proxy, url } = await startBehindProxy();
    const node = await RecordingNode.up({ url });
    const other = await RecordingNode.up({ url: redis.url });
    expect(await other.bus.isAlive(node.bus.node)).toBe(true);
    proxy.refuse();
    proxy.inflict({ does: "cut", afterBytes: 0, by: "RST" });
    await node.until("down");
    await expect.poll(() => other.bus.isAlive(node.bus.node), PATIENT).toBe(false);
    expect(redis.run("EXISTS", `trading:node:${node.bus.node}`)).toBe("1");
    await proxy.accept();
    await node.until("up", 2);
    expect(await other.bus.isAlive(node.bus.node)).toBe(true);
  });

  test("that reads too slowly is cut off by Redis, and connects again", async () => {
    const { redis, proxy, url } = await startBehindProxy("--client-output-buffer-limit", "pubsub", "1mb", "1mb", "1");
    const node = await RecordingNode.up({ url, timeoutMs: 60_000 });
    const other = await RecordingNode.up({ url: redis.url, timeoutMs: 60_000 });
    proxy.inflict({ does: "hold", towards: "client" });
    // Valkey 9.1 does not count longer messages, because it shares them among their receivers.
    const part = Buffer.alloc(4_096, "x");
    for (let count = 0; count < 5_000; count++) other.bus.send(node.bus.node, part);
    await expect.poll(() => redis.run("CLIENT", "LIST", "TYPE", "pubsub").split("\n").length, PATIENT).toBe(1);
    await proxy.heal();
    await node.until("up", 2);
    await untilHeard(node, other);
  });

  test("uses a promoted replica as another life of the store, with its claims", async () => {
    const { redis, proxy, url } = await startBehindProxy();
    const port = await freePort();
    const replica = await startRedis("--port", String(port), "--replicaof", "127.0.0.1", String(proxy.target));
    await expect.poll(() => replica.run("INFO", "replication"), PATIENT).toContain("master_link_status:up");
    const node = await RecordingNode.up({ url });
    const { incarnation } = node.bus;
    const claim = node.claimOf("key");
    await node.bus.claim(claim);
    await expect.poll(() => replica.run("KEYS", "*key"), PATIENT).not.toBe("");
    proxy.target = port;
    await redis.kill();
    await expect.poll(() => node.bus.problem, PATIENT).toMatch(/is a read-only replica: give the URL of the primary$/);
    replica.run("REPLICAOF", "NO", "ONE");
    await node.until("up", 2);
    expect(node.bus.incarnation).not.toBe(incarnation);
    expect(await node.bus.find("key")).toEqual(claim);
  });

  test("leaves a primary that becomes a replica", async () => {
    const { redis, url } = await startBehindProxy();
    const node = await RecordingNode.up({ url, lifetimeMs: 400 });
    redis.run("REPLICAOF", "127.0.0.1", String(await freePort()));
    await node.until("down");
    expect(node.bus.problem).toMatch(/is a read-only replica: give the URL of the primary$/);
  });
});
