import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../../../../../tooling/src/free-port.mjs";
import { hasRedis, hasRedisTls, RedisServer } from "../../../../../tooling/src/redis/redis-server.mjs";
import { RedisBus } from "../../../src/cluster/redis/index.js";
import { redisProblem } from "../../../src/cluster/redis/problems.js";
import { busChecks } from "../../../src/testing/index.js";
import { RecordingNode } from "./recording-node.js";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
const CERTIFICATES = `${ROOT}apps/server/test/fixtures/tls`;

async function startRedis(...settings: readonly string[]): Promise<RedisServer> {
  const redis = await RedisServer.start(...settings);
  onTestFinished(() => redis.stop());
  return redis;
}

/** Starts a server on a port. @returns its URL, with a user and a password */
async function startOnPort(
  login: string,
  ...settings: readonly string[]
): Promise<{ redis: RedisServer; url: string }> {
  const port = await freePort();
  const redis = await startRedis("--port", String(port), ...settings);
  return { redis, url: `redis://${login}@127.0.0.1:${port}` };
}

/** Starts a server in cluster mode. */
async function startCluster(): Promise<RedisServer> {
  const settings = ["--cluster-enabled", "yes"];
  const start = async (...ports: readonly string[]) => startRedis(...settings, "--port", ...ports);
  try {
    return await start(String(await freePort()), "--cluster-port", String(await freePort()));
  } catch (error) {
    if (!String(error).includes("Bad directive")) throw error;
  }
  // Redis 6.2 uses the port that is 10,000 higher, which may be in use.
  for (;;) {
    const port = await freePort();
    const redis = port < 55_536 ? await start(String(port)).catch(() => undefined) : undefined;
    if (redis !== undefined) return redis;
  }
}

/** For servers that never reply. Others have as long as the test, because a busy machine takes seconds for a handshake. */
const SHORT_MS = 500;

/** Waits until a bus that cannot connect says why. */
async function problemOf(options: ConstructorParameters<typeof RedisBus>[0]): Promise<string> {
  const node = new RecordingNode({ timeoutMs: 120_000, ...options });
  await expect.poll(() => node.problems.length, { timeout: 240_000 }).toBeGreaterThan(0);
  expect(node.bus.isUp).toBe(false);
  return node.problems[0] as string;
}

/** Starts a server that is not Redis. */
async function startOther(onConnection: Parameters<typeof createServer>[1]): Promise<number> {
  const server: Server = createServer(onConnection).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

describe("the URL of a RedisBus", () => {
  test.each([
    ["no URL", /it is not a URL; expected redis:\/\/\[user:password@\]host/],
    ["http://user:secret@host", /it begins with http:\/\/; expected redis:/],
    ["redis://user:secret@host/name", /the database at the end must be a number/],
    ["redis://:secret@/0", /it is not a URL|it has no host/],
    ["unix://", /the path of the socket must follow unix:\/\//],
  ])("%s is refused without its password", (url, problem) => {
    expect(() => new RedisBus({ url })).toThrow(problem);
    expect(() => new RedisBus({ url })).not.toThrow(/secret/);
  });

  test("a prefix with a character that separates or matches is refused", () => {
    expect(() => new RedisBus({ url: "redis://host", prefix: "a*" })).toThrow(/Invalid option "prefix".*got "a\*"/);
  });
});

describe.skipIf(!hasRedis)("a RedisBus that cannot be used says in one sentence why", () => {
  test("no server on the port", async () => {
    const port = await freePort();
    expect(await problemOf({ url: `redis://127.0.0.1:${port}` })).toBe(
      `Redis at 127.0.0.1:${port} refuses connections: check that it runs, and the host and the port in the URL`,
    );
  });

  test("no server of this name", async () => {
    expect(await problemOf({ url: "redis://nowhere.invalid" })).toMatch(
      /^Redis at nowhere.invalid:6379 cannot be found.*: check the host name in the URL/,
    );
  });

  test("a server that does not reply", async () => {
    const port = await startOther(() => {});
    const problem = await problemOf({ url: `redis://127.0.0.1:${port}`, timeoutMs: SHORT_MS });
    expect(problem).toMatch(/does not reply: check host, port and TLS/);
  });

  test("another protocol", async () => {
    const port = await startOther((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await problemOf({ url: `redis://127.0.0.1:${port}` })).toMatch(
      /does not speak the protocol of Redis: check the port in the URL$/,
    );
  });

  test("a wrong password, which is not repeated", async () => {
    const { url } = await startOnPort(":wr%40ng", "--requirepass", "right");
    const problem = await problemOf({ url });
    expect(problem).toMatch(/refuses the user name or the password: check them in the URL/);
    expect(problem).not.toContain("wr");
  });

  test("a missing password", async () => {
    const redis = await startRedis("--requirepass", "right");
    expect(await problemOf({ url: redis.url })).toMatch(/requires a password: write it into the URL/);
  });

  test("an evicting policy", async () => {
    const redis = await startRedis("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru");
    expect(await problemOf({ url: redis.url })).toMatch(
      /evicts keys \(maxmemory-policy allkeys-lru\), and so the owners of topics: set it to noeviction$/,
    );
  });

  test("no memory left", async () => {
    const redis = await startRedis("--maxmemory", "1", "--maxmemory-policy", "noeviction");
    expect(await problemOf({ url: redis.url })).toMatch(/has used its maxmemory and refuses writes/);
  });

  test("cluster mode", async () => {
    const redis = await startCluster();
    expect(await problemOf({ url: redis.url })).toMatch(/is in cluster mode, which is not supported/);
  });

  test("a missing right", async () => {
    const { redis, url } = await startOnPort("trading:secret");
    redis.run(
      "ACL",
      "SETUSER",
      "trading",
      "on",
      ">secret",
      "~trading:*",
      "resetchannels",
      "&trading:inbox:*",
      "+info",
      "+subscribe",
    );
    expect(await problemOf({ url })).toMatch(
      /does not permit a command that a node needs: see deploy\/redis\/users.conf \(NOPERM.*evalsha/,
    );
  });

  test("no right to the keys of the prefix", async () => {
    const { url } = await startOnPort("trading:change-me", "--include", `${ROOT}deploy/redis/users.conf`);
    expect(await problemOf({ url, prefix: "other:" })).toMatch(/does not permit a command that a node needs/);
  });

  test.each([
    ["DENIED Redis is running in protected mode because …", "is in protected mode and accepts local clients only"],
    ["MOVED 3999 127.0.0.1:6381", "is in cluster mode"],
    ["MISCONF Redis is configured to save RDB snapshots …", "refuses writes because it cannot save to its disk"],
    ["LOADING Redis is loading the dataset in memory", "is loading its data"],
    ["ERR max number of clients reached", "has no room for a further client"],
    ["ERR unknown command 'HELLO'", "is too old: version 6.2 or later is needed"],
    [
      "ERR Error running script (call to f_a742): @user_script:2: @user_script: 2: -READONLY You can't write …",
      "is a read-only replica",
    ],
    ["something else", "cannot be used: something else"],
  ])("the reply %s", (reply, sentence) => {
    expect(redisProblem("host:6379", new Error(reply)).message).toContain(`Redis at host:6379 ${sentence}`);
  });

  test.skipIf(!hasRedisTls)("a certificate of an unknown authority, and a port without TLS", async () => {
    const tlsPort = await freePort();
    const port = await freePort();
    await startRedis("--port", String(port), ...tlsSettings(tlsPort));
    expect(await problemOf({ url: `rediss://localhost:${tlsPort}` })).toMatch(
      /has a self-signed certificate: pass its authority as tls.ca$/,
    );
    expect(await problemOf({ url: `rediss://localhost:${port}`, timeoutMs: SHORT_MS })).toMatch(
      /does not speak TLS on this port|closed the connection|does not reply.*check host, port and TLS/,
    );
    expect(await problemOf({ url: `redis://localhost:${tlsPort}` })).toMatch(
      /closed the connection.*requires TLS|does not speak the protocol/,
    );
  });
});

describe.skipIf(!hasRedis)("a RedisBus", () => {
  /** Runs all checks of a bus. */
  async function runChecks(options: ConstructorParameters<typeof RedisBus>[0]): Promise<void> {
    for (const [index, { run }] of busChecks.entries()) {
      const buses: RedisBus[] = [];
      // Keys of one check must not be seen by the next one.
      await run(() => {
        const bus = new RedisBus({ ...options, prefix: `${options.prefix ?? "trading:"}${index}:` });
        buses.push(bus);
        return bus;
      });
      for (const bus of buses) await bus.close();
    }
  }

  test.skipIf(!hasRedisTls)("works over TLS", async () => {
    const port = await freePort();
    await startRedis(...tlsSettings(port));
    const ca = readFileSync(`${CERTIFICATES}/cert.pem`, "utf8");
    await runChecks({ url: `rediss://localhost:${port}`, tls: { ca } });
  });

  test("needs no more rights than those of deploy/redis/users.conf", async () => {
    const { redis, url } = await startOnPort("trading:change-me", "--include", `${ROOT}deploy/redis/users.conf`);
    const node = await RecordingNode.up({ url });
    const other = await RecordingNode.up({ url });
    const claim = node.claimOf("key", "first");
    await node.bus.claim(claim);
    await other.bus.claim(other.claimOf("key", "second"), claim);
    await node.until("taken first");
    await other.bus.claim(other.claimOf("key", "second"), other.claimOf("key", "second"));
    expect(await node.bus.find("key")).toEqual(other.claimOf("key", "second"));
    expect(await node.bus.claim(node.claimOf("key", "third"))).toEqual(other.claimOf("key", "second"));
    await other.bus.release(other.claimOf("key", "second"));
    expect(await node.bus.isAlive(other.bus.node)).toBe(true);
    expect([...(await node.bus.owners())].sort()).toEqual([node.bus.node, other.bus.node].sort());
    await node.bus.nodes("first");
    expect(await other.bus.nodes("second")).toContainEqual({ node: node.bus.node, settings: "first" });
    node.send(other, "hello");
    await other.until("message hello");
    await other.bus.close();
    expect(await node.bus.owners()).toEqual([node.bus.node]);
    expect([node.problems, other.problems]).toEqual([[], []]);
    expect(redis.run("ACL", "LOG")).toBe("");
  });

  test("sees nothing of a cluster with another prefix on the same Redis", async () => {
    const redis = await startRedis();
    const [node, other] = [
      await RecordingNode.up({ url: redis.url, prefix: "one:" }),
      await RecordingNode.up({ url: redis.url, prefix: "two:" }),
    ];
    await node.bus.claim(node.claimOf("key"));
    expect(await other.bus.claim(other.claimOf("key"))).toEqual(other.claimOf("key"));
    expect(await other.bus.isAlive(node.bus.node)).toBe(false);
    expect(await other.bus.owners()).toEqual([other.bus.node]);
    node.send(other, "lost");
    node.send(node, "end");
    await node.until("message end");
    expect(other.events).toEqual(["up"]);
  });

  test("has no room while Redis does not confirm, and notifies when it has", async () => {
    const redis = await startRedis();
    const node = await RecordingNode.up({ url: redis.url, maxUnconfirmedBytes: 100_000 });
    const message = Buffer.alloc(60_000);
    redis.pause();
    expect(node.bus.send("another", message)).toBe(true);
    expect(node.bus.send("another", message)).toBe(false);
    // Far beyond the limit, messages are dropped, so that memory is bounded.
    for (let count = 0; count < 100; count++) expect(node.bus.send(node.bus.node, message)).toBe(false);
    redis.resume();
    await node.until("drain");
    expect(node.bus.send("another", message)).toBe(true);
    node.send(node, "end");
    await node.until("message end");
    const received = node.events.filter((event) => event.startsWith("message")).length - 1;
    expect(received).toBeGreaterThan(20);
    expect(received).toBeLessThan(30);
  });

  test("refuses messages that no node has sent, with one log line", async () => {
    const redis = await startRedis();
    const node = await RecordingNode.up({ url: redis.url });
    for (const text of ["", "hello", "m a b\n", "x node\n", `m ${"n".repeat(65)}\n`, "m \n", "t\nkey"]) {
      redis.run("PUBLISH", `trading:inbox:${node.bus.node}`, text);
    }
    redis.run("SET", "trading:claim:key", "what is this claim");
    await expect(node.bus.find("key")).rejects.toThrow(/^Invalid claim in Redis: expected a node and an id, got "what/);
    redis.run("PUBLISH", `trading:inbox:${node.bus.node}`, "m another\nhello");
    await node.until("message hello");
    expect(node.events).toEqual(["up", "message hello"]);
    const refused = node.logger.entries.filter(({ level }) => level === "error").map(({ message }) => message);
    expect(refused).toEqual(["A message in Redis was refused"]);
  });
});

function tlsSettings(port: number): string[] {
  const files = ["--tls-cert-file", `${CERTIFICATES}/cert.pem`, "--tls-key-file", `${CERTIFICATES}/key.pem`];
  return [
    "--tls-port",
    String(port),
    ...files,
    "--tls-ca-cert-file",
    `${CERTIFICATES}/cert.pem`,
    "--tls-auth-clients",
    "no",
  ];
}
