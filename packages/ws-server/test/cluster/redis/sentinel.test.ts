import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../../../../../tooling/src/free-port.mjs";
import { RedisSentinel, SentinelGroup } from "../../../../../tooling/src/redis/redis-sentinel.mjs";
import { hasRedis, RedisServer } from "../../../../../tooling/src/redis/redis-server.mjs";
import { parseRedisUrl } from "../../../src/cluster/redis/endpoint.js";
import { RedisBus } from "../../../src/cluster/redis/index.js";
import { RecordingNode } from "./recording-node.js";

describe("the URL of a RedisBus with Sentinel", () => {
  test("names the Sentinels, the server, and the logins to both", () => {
    const url =
      "redis+sentinel://user:p%40ss@one,two:5000,[::1]:5001/my%20name/3?sentinelUser=ann&sentinelPassword=p%26q";
    expect(parseRedisUrl(url)).toEqual({
      address: { host: "one", port: 26_379 },
      isTls: false,
      username: "user",
      password: "p@ss",
      database: 3,
      sentinels: {
        name: "my name",
        addresses: [
          { host: "one", port: 26_379 },
          { host: "two", port: 5_000 },
          { host: "::1", port: 5_001 },
        ],
        username: "ann",
        password: "p&q",
      },
    });
    expect(parseRedisUrl("rediss+sentinel://one/main")).toMatchObject({
      isTls: true,
      password: undefined,
      database: 0,
    });
  });

  test.each([
    ["redis+sentinel://:secret@one,two", /the name under which the Sentinels monitor the server must follow the hosts/],
    ["redis+sentinel://:secret@one,/main", /it has no host|it is not a URL/],
    ["redis+sentinel://:secret@one:port/main", /it is not a URL/],
    ["redis+sentinel://:secret@one/main/first", /the database at the end must be a number/],
  ])("%s is refused without its password", (url, problem) => {
    expect(() => new RedisBus({ url })).toThrow(problem);
    expect(() => new RedisBus({ url })).not.toThrow(/secret/);
  });
});

describe.skipIf(!hasRedis)("a RedisBus with Sentinel", () => {
  async function problemOf(url: string): Promise<string> {
    const node = new RecordingNode({ url, timeoutMs: 120_000 });
    await expect.poll(() => node.problems.length, { timeout: 240_000 }).toBeGreaterThan(0);
    return node.problems[0] as string;
  }

  test("connects to the primary, and to the promoted replica when the primary and a Sentinel are killed", async () => {
    const group = await SentinelGroup.start(3);
    onTestFinished(() => group.stop());
    const [primary, replica] = group.servers as [RedisServer, RedisServer];
    const node = await RecordingNode.up({ url: group.url });
    const other = await RecordingNode.up({ url: group.url });
    const { incarnation } = node.bus;
    const claim = node.claimOf("key");
    await node.bus.claim(claim);
    expect(primary.run("EXISTS", "trading:claim:key")).toBe("1");
    await expect.poll(() => replica.run("EXISTS", "trading:claim:key"), { timeout: 240_000 }).toBe("1");
    await group.sentinels[0]?.stop();
    await primary.kill();
    await Promise.all([node.until("up", 2), other.until("up", 2)]);
    expect(node.bus.incarnation).not.toBe(incarnation);
    expect(await other.bus.find("key")).toEqual(claim);
    other.send(node, "hello");
    await node.until("message hello");
    expect(replica.run("ROLE")).toMatch(/^master/);
  });

  test("says that no Sentinel replies, and why for each", async () => {
    const [one, two] = [await freePort(), await freePort()];
    expect(await problemOf(`redis+sentinel://127.0.0.1:${one},127.0.0.1:${two}/main`)).toMatch(
      new RegExp(
        `^Sentinel at 127.0.0.1:${one} refuses connections: .*; Sentinel at 127.0.0.1:${two} refuses connections: `,
      ),
    );
  });

  test("says that the Sentinel does not know the name, or requires a password", async () => {
    const [open, locked] = [
      await RedisSentinel.start({ name: "main", port: await freePort(), quorum: 1 }),
      await RedisSentinel.start({ name: "main", port: await freePort(), quorum: 1, lines: ["requirepass secret"] }),
    ];
    onTestFinished(() => Promise.all([open.stop(), locked.stop()]).then(() => {}));
    expect(await problemOf(`redis+sentinel://127.0.0.1:${open.port}/other`)).toBe(
      `Sentinel at 127.0.0.1:${open.port} does not monitor "other": check the name after the hosts in the URL`,
    );
    expect(await problemOf(`redis+sentinel://127.0.0.1:${locked.port}/main`)).toMatch(
      /^Sentinel at \S+ requires a password: add \?sentinelPassword=… to the URL$/,
    );
    expect(await problemOf(`redis+sentinel://127.0.0.1:${locked.port}/main?sentinelPassword=wrong`)).toMatch(
      /^Sentinel at \S+ refuses the user name or the password: check sentinelUser and sentinelPassword/,
    );
    expect(await problemOf(`redis+sentinel://127.0.0.1:${locked.port}/main?sentinelPassword=secret`)).toMatch(
      /^Redis at \S+ refuses connections/,
    );
  });

  test("says that the address is not a Sentinel's", async () => {
    const port = await freePort();
    const redis = await RedisServer.start("--port", String(port));
    onTestFinished(() => redis.stop());
    expect(await problemOf(`redis+sentinel://127.0.0.1:${port}/main`)).toMatch(
      /^Sentinel at \S+ is a Redis server, not a Sentinel: write redis:\/\/ instead of redis\+sentinel:\/\/$/,
    );
  });
});
