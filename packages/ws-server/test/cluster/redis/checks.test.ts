import { afterAll, beforeAll, describe, onTestFinished, test } from "vitest";
import { hasRedis, RedisServer } from "../../../../../tooling/src/redis/redis-server.mjs";
import { ClusterPubSub } from "../../../src/cluster/index.js";
import { RedisBus } from "../../../src/cluster/redis/index.js";
import { busChecks, pubSubChecks, RecordingLogger } from "../../../src/testing/index.js";

describe.skipIf(!hasRedis)("on a real Redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.stop());

  /** Returns a function that makes nodes of one cluster, which only they know. */
  function cluster() {
    const prefix = `${crypto.randomUUID()}:`;
    return () => new RedisBus({ url: redis.url, prefix, logger: new RecordingLogger() });
  }

  describe("RedisBus", () => {
    test.each(busChecks)("$name", async ({ run }) => {
      const buses: RedisBus[] = [];
      onTestFinished(async () => {
        for (const bus of buses) await bus.close();
      });
      const makeBus = cluster();
      await run(() => {
        const bus = makeBus();
        buses.push(bus);
        return bus;
      });
    });
  });

  describe("ClusterPubSub, with a node for each member", () => {
    test.each(pubSubChecks)("$name", async ({ run }) => {
      const nodes: ClusterPubSub[] = [];
      onTestFinished(async () => {
        for (const node of nodes) await node.close();
      });
      const makeBus = cluster();
      await run(() => {
        const node = new ClusterPubSub({ bus: makeBus(), logger: new RecordingLogger() });
        nodes.push(node);
        return node;
      });
    });
  });
});
