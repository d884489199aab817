import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type Revocation, type StreamServer, systemClock } from "@trading/ws-server";
import { ClusterPubSub, MemoryHub } from "@trading/ws-server/cluster";
import { ManualClock, RecordingLogger } from "@trading/ws-server/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasRedis, RedisServer } from "../../../../tooling/src/redis/redis-server.mjs";
import { RevocationFile } from "../../src/admin/revocation-file.js";
import { SharedRevocations } from "../../src/admin/shared-revocations.js";
import { StreamControl } from "../../src/admin/stream-control.js";
import { tokenRulesOf } from "../../src/auth/token-rules.js";
import { signToken } from "../../src/auth/tokens.js";
import { adminCommand } from "../../src/cli/admin-command.js";
import { PeerRequests } from "../../src/cluster/peer-requests.js";
import { Peers } from "../../src/cluster/peers.js";
import { startServer } from "../cluster/start-server.js";
import { Client } from "../helpers.js";

const JWT_SECRET = "s".repeat(32);
const ADMIN_TOKEN = "t".repeat(40);
const DAY_MS = 86_400_000;

type Server = Awaited<ReturnType<typeof startServer>>;

async function connect({ url }: Server, subject: string) {
  const signing = { secret: JWT_SECRET, algorithm: "HS256", issuer: "", audience: "" } as const;
  return Client.connect(
    url,
    await signToken(signing, { subject, accounts: [], expiresAt: systemClock.now() + 600_000 }),
  );
}

const admin = ({ metricsPort }: Server, args: string) =>
  adminCommand(args.split(" "), {
    env: { METRICS_PORT: String(metricsPort), ADMIN_TOKEN },
    stdin: Readable.from([""]),
  });
const json = async (server: Server, args: string) => JSON.parse(await admin(server, `${args} --json`));

describe.skipIf(!hasRedis)("operators of a cluster on Redis", () => {
  /** Starts Redis. @returns starts servers that share it */
  async function startCluster() {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.stop());
    return (variables = {}) => startServer({ REDIS_URL: redis.url, JWT_SECRET, ADMIN_TOKEN, ...variables });
  }

  test("revoke on all servers, also on those without operators and on those that start later, and restore on any", async () => {
    const start = await startCluster();
    const first = await start();
    const second = await start({ ADMIN_TOKEN: "" });
    const client = await connect(second, "dave");
    const closed = once(client.socket, "close");
    expect(await admin(first, "revoke --subject dave")).toBe("Revoked; closed 1 connection.\n");
    await closed;
    await expect(connect(second, "dave")).rejects.toThrow("401");
    const later = await start();
    await expect(connect(later, "dave")).rejects.toThrow("401");
    await first.close();
    expect(await admin(later, "revocations")).toMatch(/^KIND +VALUE\nsubject +dave\n$/);
    await admin(later, "restore --subject dave");
    await connect(second, "dave");
    const last = await start();
    await connect(last, "dave");
  });

  test("list and close the connections, and list the topics, of all servers", async () => {
    const start = await startCluster();
    const [first, second] = [await start(), await start()];
    const clients = [await connect(first, "ann"), await connect(second, "ben")] as const;
    for (const client of clients) {
      client.send("bars.subscribe", { symbol: "ACME", resolution: "1" });
      await client.next();
    }
    const { total, connections, missing } = await json(first, "connections");
    expect([total, connections.length, missing]).toEqual([2, 2, []]);
    expect(new Set(connections.map(({ subject }: { subject: string }) => subject))).toEqual(new Set(["ann", "ben"]));
    expect(await admin(first, "connections --limit 1")).toMatch(/^SERVER +CONNECTION .*\n\S+:0 +\S+ +ann .*\n… 1 more/);
    const topics = await json(first, "topics --route bars");
    expect([topics.total, topics.topics.map(({ role }: { role: string }) => role).sort()]).toEqual([
      2,
      ["follower", "owner"],
    ]);
    const { id } = connections.find(({ subject }: { subject: string }) => subject === "ben");
    const closed = once(clients[1].socket, "close");
    await admin(first, `close ${id} --code 4000 --reason maintenance`);
    expect((await closed).map(String)).toEqual(["4000", "maintenance"]);
    await expect(admin(first, `close ${id}`)).rejects.toThrow("There is no connection");
    clients[0].socket.terminate();
  });
});

describe("revocations of several servers", () => {
  const clock = new ManualClock();

  function server(clockOfServer = clock) {
    const folder = mkdtempSync(join(tmpdir(), "revocations-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const revoked = new Set<string>();
    const nameOf = (revocation: Revocation) => Object.values(revocation).join();
    const stream = {
      revoke: (revocation: Revocation) => revoked.add(nameOf(revocation)).size,
      restore: (revocation: Revocation) => revoked.delete(nameOf(revocation)),
      get revocations() {
        return [...revoked].map((subject) => ({ subject }));
      },
    };
    const path = join(folder, "revocations.json");
    const open = () => new SharedRevocations({ stream, file: new RevocationFile(path), clock: clockOfServer });
    return { stream, revoked, revocations: open(), open, path };
  }
  const merge = (from: ReturnType<typeof server>, to: ReturnType<typeof server>) =>
    to.revocations.merge(from.revocations.page(0).entries);
  const ANN = { subject: "ann" };

  test("are equal after a merge in both directions, in any order of the acts", () => {
    const [one, other] = [server(), server()];
    one.revocations.revoke(ANN);
    one.revocations.revoke({ tokenId: "j-1" });
    other.revocations.revoke({ subject: "ben" });
    merge(one, other);
    merge(other, one);
    expect([...other.revoked].sort()).toEqual(["ann", "ben", "j-1"]);
    expect([...one.revoked].sort()).toEqual(["ann", "ben", "j-1"]);
    expect(one.revocations.digest).toBe(other.revocations.digest);
    expect(merge(other, one).isChanged).toBe(false);
  });

  test("that were restored are not brought back by a server that was away, nor by its file", () => {
    const [one, other] = [server(), server()];
    one.revocations.revoke(ANN);
    merge(one, other);
    one.revocations.restore(ANN);
    merge(other, one);
    expect([...one.revoked]).toEqual([]);
    merge(one, other);
    expect([...other.revoked]).toEqual([]);
    other.open();
    expect([...other.revoked]).toEqual([]);
    // A later act counts, also if the clock of its server is behind.
    const behind = server(new ManualClock(clock.now() - DAY_MS));
    merge(one, behind);
    behind.revocations.revoke(ANN);
    merge(behind, one);
    expect([...one.revoked]).toEqual(["ann"]);
  });

  test("that were restored are forgotten after a while, and are not sent back and forth then", () => {
    const later = new ManualClock();
    const [one, other] = [server(later), server(later)];
    one.revocations.revoke(ANN);
    one.revocations.restore(ANN);
    merge(one, other);
    later.advance(31 * DAY_MS);
    one.revocations.revoke({ subject: "ben" });
    expect(one.revocations.page(0).entries).toMatchObject([{ subject: "ben" }]);
    expect(merge(other, one).isChanged).toBe(false);
  });

  test("of files of earlier versions are read", () => {
    const one = server();
    writeFileSync(one.path, JSON.stringify([ANN, { tokenId: "j-1" }]));
    expect(one.open().page(0).entries).toEqual([
      { subject: "ann", at: 0 },
      { tokenId: "j-1", at: 0 },
    ]);
    expect([...one.revoked]).toEqual(["ann", "j-1"]);
    one.open().revoke({ subject: "ben" });
    expect(JSON.parse(readFileSync(one.path, "utf8"))).toHaveLength(3);
  });

  test("reach a server that has not replied when it can be reached, and the operator learns of it", async () => {
    const hub = new MemoryHub({ clock });
    const members = ["alpha", "beta"].map((name) => {
      const { stream, revocations, revoked } = server();
      const logger = new RecordingLogger();
      const node = new ClusterPubSub({ bus: hub.connect(), clock, logger });
      onTestFinished(() => node.close());
      const peers = new Peers(node, name);
      const others = new PeerRequests(peers, node.requests, clock);
      const control = new StreamControl({ stream: stream as unknown as StreamServer, revocations, logger, others });
      others.handle((request) => control.handle(request));
      peers.onLook((all) => control.synchronize(all, others));
      const tokens = () => tokenRulesOf({ mode: "none" }, "");
      peers.start({ tokens, revocations: () => revocations.digest });
      return { control, revoked };
    });
    const [alpha, beta] = members as [(typeof members)[0], (typeof members)[0]];
    const pass = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 250) {
        await clock.advanceAsync(250);
        for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await pass(6_000);
    hub.messageLoss = 1;
    const outcome = alpha.control.revoke(ANN).catch(({ message }: Error) => message);
    await pass(6_000);
    expect(await outcome).toBe(
      "No reply of beta: all others refuse the tokens now, and it does when it can be reached.",
    );
    expect([...beta.revoked]).toEqual([]);
    hub.messageLoss = 0;
    await pass(12_000);
    expect([...beta.revoked]).toEqual(["ann"]);
  });
});
