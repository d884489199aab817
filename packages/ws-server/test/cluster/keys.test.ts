import { describe, expect, test } from "vitest";
import { SourceError, WsServerError } from "../../src/index.js";
import { TestCluster, type TestNode, type TestNodeOptions } from "./test-cluster.js";

const KEY = { key: "AAPL" };
const HELD = { key: "broker", isHeld: true };

/** A cluster of nodes that are up. */
async function start(...options: TestNodeOptions[]) {
  const cluster = new TestCluster();
  const nodes = options.map((each) => cluster.node(each));
  for (const { startable } of nodes) for (const topic of ["bars", "trades", "book"]) startable.set(topic, KEY);
  await cluster.run(50);
  const [one, other, third] = nodes as [TestNode, TestNode, TestNode];
  return { cluster, hub: cluster.hub, one, other, third };
}

const GATEWAY = { ownsTopics: false };

describe("topics of one key", () => {
  test("have one owner and one claim, and each its own epoch", async () => {
    const { cluster, hub, one, other } = await start({}, {});
    const bars = one.join("bars", KEY);
    await cluster.run(20);
    const [trades, book] = [other.join("trades", KEY), one.join("book", KEY)];
    await cluster.run(50);
    expect([bars, trades, book].map(({ role }) => role)).toEqual(["owner", "follower", "owner"]);
    expect([cluster.owners, hub.claimCalls]).toEqual([{ AAPL: one.name }, 2]);
    expect(one.started.get("trades")?.role).toBe("owner");
    expect(trades.epoch).toBe(one.started.get("trades")?.epoch);
    expect(new Set([bars.epoch, trades.epoch, book.epoch]).size).toBe(3);
  });

  test("that one node joins in the same turn share the question who owns the key", async () => {
    const { cluster, hub, one } = await start({});
    const members = ["bars", "trades", "book"].map((topic) => one.join(topic, KEY));
    await cluster.run(20);
    expect([members.map(({ role }) => role), hub.claimCalls]).toEqual([["owner", "owner", "owner"], 1]);
  });

  test("are published and followed independently of each other", async () => {
    const { cluster, one, other } = await start({}, {});
    const bars = one.join("bars", KEY);
    await cluster.run(20);
    const [follower, trades] = [other.join("bars", KEY), other.join("trades", KEY)];
    await cluster.run(50);
    bars.publish(2);
    one.started.get("trades")?.publish(1);
    await cluster.run(20);
    expect([follower.received, trades.received]).toEqual([["1", "2"], ["1"]]);
    expect([bars.followers, one.started.get("trades")?.followers]).toEqual([1, 1]);
  });

  test("keep their key until the last of them has left", async () => {
    const { cluster, one, other } = await start({}, {});
    const [bars, trades] = [one.join("bars", KEY), one.join("trades", KEY)];
    await cluster.run(20);
    bars.leave();
    await cluster.run(20);
    expect(cluster.owners).toEqual({ AAPL: one.name });
    trades.membership?.end(new SourceError("source_ended", "The end", { retryable: true }));
    await cluster.run(20);
    // Its source is stopping.
    expect(cluster.owners).toEqual({ AAPL: one.name });
    trades.membership?.leave();
    await cluster.run(20);
    expect([cluster.owners, one.pubSub.isIdle]).toEqual([{}, true]);
    const next = other.join("book", KEY);
    await cluster.run(20);
    expect(next.role).toBe("owner");
  });

  test("keep their key while a run of one of them still waits for an earlier owner", async () => {
    const { cluster, hub, one, other, third } = await start({}, {}, {});
    const trades = one.join("trades", KEY);
    await cluster.run(20);
    const waiting = other.join("bars", KEY);
    await cluster.run(2.5);
    // The request does not arrive, and is repeated later.
    hub.messageLoss = 1;
    await cluster.run(2);
    hub.messageLoss = 0;
    trades.leave();
    await cluster.run(20);
    const book = other.join("book", KEY);
    await cluster.run(20);
    expect([waiting.role, book.role]).toEqual(["pending", "owner"]);
    const late = third.join("bars", KEY);
    await cluster.run(50);
    expect([cluster.owners, late.role, book.ends]).toEqual([{ AAPL: other.name }, "pending", []]);
    await cluster.run(1_000);
    expect([cluster.owners, late.role, waiting.role]).toEqual([{ AAPL: other.name }, "follower", "owner"]);
  });

  test("move together when the owner is replaced", async () => {
    const { cluster, one, other, third } = await start({}, {}, {});
    const members = [one.join("bars", KEY), one.join("trades", KEY)];
    await cluster.run(20);
    one.clock.pause(20_000);
    const next = other.join("book", KEY);
    await cluster.run(8_000);
    expect([next.role, cluster.owners]).toEqual(["owner", { AAPL: other.name }]);
    const late = third.join("bars", KEY);
    await cluster.run(50);
    expect([late.role, other.started.get("bars")?.role]).toEqual(["follower", "owner"]);
    await cluster.run(15_000);
    expect(members.map(({ ends }) => ends)).toEqual([["moved"], ["moved"]]);
    for (const member of members) member.leave();
    await cluster.run(50);
    expect(cluster.owners).toEqual({ AAPL: other.name });
  });

  test("are claimed again as they were when the store has restarted empty", async () => {
    const { cluster, hub, one } = await start({});
    const members = [one.join("bars", KEY), one.join("trades", KEY)];
    await cluster.run(20);
    const claims = [...hub.claims];
    hub.restart({ isEmpty: true, downMs: 100 });
    await cluster.run(5_000);
    expect([hub.claims, members.map(({ ends }) => ends)]).toEqual([claims, [[], []]]);
  });

  test("get updates from outside on the node that owns the key", async () => {
    const { cluster, one, other } = await start({}, {});
    const bars = one.join("bars", KEY);
    await cluster.run(20);
    const dropped: string[] = [];
    other.pubSub.forward({ topic: "bars", ...KEY }, "1", () => dropped.push("1"));
    other.pubSub.forward({ topic: "trades", key: "MSFT" }, "2", () => dropped.push("2"));
    await cluster.run(20);
    expect([bars.forwarded, dropped]).toEqual([["1"], ["2"]]);
  });
});

describe("a topic that is started for another node", () => {
  test("ends when no node follows it any more", async () => {
    const { cluster, one, other } = await start({}, {});
    one.join("bars", KEY);
    await cluster.run(20);
    const trades = other.join("trades", KEY);
    await cluster.run(50);
    trades.membership?.leave();
    await cluster.run(20);
    expect(one.started.get("trades")?.followers).toBe(0);
  });

  test("is refused with the server's reason, which names what is wrong", async () => {
    const { cluster, one, other } = await start({}, {});
    one.join("bars", KEY);
    await cluster.run(20);
    const unknown = other.join("unknown", KEY);
    await cluster.run(50);
    expect(unknown.error).toMatchObject({ code: "unknown_topic", message: "Unknown topic", retryable: true });
    one.startError = new WsServerError("too_many_topics", "The server is full", { retryable: true });
    const full = other.join("another", KEY);
    await cluster.run(50);
    expect(full.error).toMatchObject({ code: "too_many_topics", message: "The server is full", retryable: true });
    one.startError = new Error("secret");
    const failed = other.join("third", KEY);
    await cluster.run(50);
    expect(failed.error).toMatchObject({ code: "source_unavailable", message: "The source could not start" });
    expect([cluster.owners, one.pubSub.stats().owned]).toEqual([{ AAPL: one.name }, 1]);
    expect(one.logger.entries.map(({ message }) => message)).toEqual(["A topic could not be started for another node"]);
  });

  test("is waited for while the server closes, and then claimed", async () => {
    const { cluster, one, other } = await start({}, {});
    const bars = one.join("bars", KEY);
    await cluster.run(20);
    one.startable.clear();
    one.startError = new WsServerError("closed", "The server is closing");
    const trades = other.join("trades", KEY);
    await cluster.run(1_000);
    expect(trades.role).toBe("pending");
    bars.leave();
    await cluster.run(200);
    expect([trades.role, cluster.owners]).toEqual(["owner", { AAPL: other.name }]);
  });

  test("is requested again when its run has ended before it joined", async () => {
    const { cluster, one, other } = await start({}, {});
    one.join("bars", KEY);
    await cluster.run(20);
    const ended = new AbortController();
    const send = one.pubSub.serve.bind(one.pubSub);
    send({ find: (topic) => ({ topic, ...KEY, start: () => ended.signal }) });
    const trades = other.join("trades", KEY);
    await cluster.run(20);
    send({ find: (topic) => ({ topic, ...KEY, start: () => one.join("trades", KEY).signal }) });
    expect(trades.role).toBe("pending");
    ended.abort();
    await cluster.run(200);
    expect(trades.role).toBe("follower");
  });

  test("is not started for a follower of an earlier run, which would not notice its end", async () => {
    const { cluster, one, other } = await start({}, {});
    const [bars, trades] = [one.join("bars", KEY), one.join("trades", KEY)];
    await cluster.run(20);
    const follower = other.join("trades", KEY);
    await cluster.run(20);
    other.bus.block();
    await cluster.run(20);
    trades.leave();
    await cluster.run(20);
    other.bus.unblock();
    await cluster.run(200);
    expect([follower.ends, bars.ends, one.started.size]).toEqual([["moved"], [], 0]);
  });

  test("is not counted for a follower that has left before the run joined", async () => {
    const { cluster, one, other } = await start({}, {});
    one.join("bars", KEY);
    await cluster.run(20);
    let join = () => {};
    one.pubSub.serve({
      find: (topic) => ({
        topic,
        ...KEY,
        start() {
          join = () => void one.started.set(topic, one.join(topic, KEY));
          return new AbortController().signal;
        },
      }),
    });
    const trades = other.join("trades", KEY);
    await cluster.run(20);
    trades.abort();
    await cluster.run(20);
    join();
    await cluster.run(20);
    expect(one.started.get("trades")?.followers).toBe(0);
  });
});

describe("a node that owns no topics", () => {
  test("asks another node, which starts the topic, and all such nodes ask the same one", async () => {
    const { cluster, hub, one, other, third } = await start(GATEWAY, GATEWAY, {});
    const fourth = cluster.node();
    for (const topic of ["bars", "trades"]) fourth.startable.set(topic, KEY);
    await cluster.run(50);
    const members = [one.join("bars", KEY), other.join("trades", KEY)];
    await cluster.run(100);
    expect(members.map(({ role }) => role)).toEqual(["follower", "follower"]);
    const owner = [third, fourth].find(({ name }) => name === cluster.owners.AAPL);
    expect(owner?.started.get("bars")?.role).toBe("owner");
    expect(owner?.started.get("trades")?.role).toBe("owner");
    expect(hub.claimCalls).toBe(1);
  });

  test("is never asked, and refuses requests", async () => {
    const { cluster, one, other } = await start(GATEWAY, GATEWAY);
    const member = one.join("bars", KEY);
    await cluster.run(100);
    expect(other.started.size).toBe(0);
    other.bus.owners = async () => [other.name];
    one.bus.owners = async () => [other.name];
    await cluster.run(1_500);
    expect([member.role, other.started.size, cluster.owners]).toEqual(["pending", 0, {}]);
  });

  test("fails with no_owner when no node may own the topic, and follows one that comes in time", async () => {
    const { cluster, one } = await start(GATEWAY);
    const first = one.join("bars", KEY);
    await cluster.run(1_800);
    expect(first.role).toBe("pending");
    await cluster.run(800);
    expect(first.error).toMatchObject({ code: "no_owner", retryable: true });
    expect(first.error?.message).toContain("No server that can run the source");
    const second = one.join("bars", KEY);
    await cluster.run(500);
    const owner = cluster.node();
    owner.startable.set("bars", KEY);
    await cluster.run(1_500);
    expect([second.role, owner.started.get("bars")?.role]).toEqual(["follower", "owner"]);
    expect(one.pubSub.stats().keys).toBe(0);
  });

  test("changes no epoch when it restarts", async () => {
    const { cluster, one, other } = await start(GATEWAY, {});
    const member = one.join("bars", KEY);
    await cluster.run(100);
    const { epoch } = member;
    member.membership?.leave();
    void one.pubSub.close();
    await cluster.run(50);
    const again = cluster.node(GATEWAY);
    await cluster.run(50);
    const next = again.join("bars", KEY);
    await cluster.run(50);
    expect([next.epoch, other.started.get("bars")?.ends]).toEqual([epoch, []]);
  });

  test("has a dead owner replaced by the node that it asks", async () => {
    const { cluster, one, other, third } = await start(GATEWAY, {}, {});
    const owners = [other, third];
    const first = one.join("bars", KEY);
    await cluster.run(100);
    const dead = owners.find(({ name }) => name === cluster.owners.AAPL) as TestNode;
    const alive = owners.find((node) => node !== dead) as TestNode;
    dead.kill();
    await cluster.run(6_500);
    expect(first.ends).toEqual(["owner_lost"]);
    first.membership?.leave();
    const next = one.join("bars", KEY);
    await cluster.run(4_000);
    expect([next.role, cluster.owners]).toEqual(["follower", { AAPL: alive.name }]);
    expect(next.epoch).not.toBe(first.epoch);
  });

  test("asks another node when the first one is alive and does not reply", async () => {
    const { cluster, one, other, third } = await start(GATEWAY, {}, {});
    const asked: string[] = [];
    const send = one.bus.send.bind(one.bus);
    one.bus.send = (to, message) => {
      if (!asked.includes(to)) asked.push(to);
      return to === asked[0] || send(to, message);
    };
    const member = one.join("bars", KEY);
    await cluster.run(2_400);
    expect([member.role, asked.sort()]).toEqual(["follower", [other.name, third.name].sort()]);
  });

  test("does not have an owner replaced that another node has found meanwhile", async () => {
    const { cluster, one, other, third } = await start(GATEWAY, {}, {});
    const owner = other.join("bars", KEY);
    await cluster.run(20);
    // The request names a claim that no longer exists.
    one.bus.find = async (key) => ({ key, node: third.name, id: "outdated" });
    third.startable.clear();
    const member = one.join("bars", KEY);
    await cluster.run(50);
    third.startable.set("bars", KEY);
    await cluster.run(500);
    expect([owner.ends, cluster.owners]).toEqual([[], { AAPL: other.name }]);
    expect(member.role).not.toBe("owner");
  });
});

describe("a key that a node holds", () => {
  test("is owned by it immediately, and followed by the others, which do not claim it", async () => {
    const { cluster, hub, one, other } = await start({}, {});
    one.startable.set("orders", HELD);
    const early = other.join("orders", HELD);
    await cluster.run(700);
    expect([early.role, hub.claimCalls]).toEqual(["pending", 0]);
    one.pubSub.hold("broker");
    await cluster.run(800);
    expect([early.role, one.started.get("orders")?.role, cluster.owners]).toEqual([
      "follower",
      "owner",
      { broker: one.name },
    ]);
    const late = other.join("positions", HELD);
    await cluster.run(50);
    expect(late.role).toBe("unknown_topic");
  });

  test("that no node holds fails its topics as no_owner", async () => {
    const { cluster, hub, one } = await start({}, {});
    const member = one.join("orders", HELD);
    await cluster.run(2_600);
    expect([member.role, member.error?.retryable, hub.claimCalls]).toEqual(["no_owner", true, 0]);
  });

  test("is not started by a node that does not hold it, whatever its claim says", async () => {
    const { cluster, one, other } = await start({}, {});
    other.startable.set("orders", HELD);
    one.bus.find = async (key) => ({ key, node: other.name, id: "outdated" });
    const member = one.join("orders", HELD);
    await cluster.run(500);
    expect([member.role, other.started.size]).toEqual(["pending", 0]);
  });

  test("is owned while the bus is down, and claimed when it is up", async () => {
    const cluster = new TestCluster();
    const one = cluster.node();
    one.bus.block();
    // A run looks for the owner before the node holds the key.
    const member = one.join("orders", HELD);
    one.pubSub.hold("broker");
    await cluster.run(1_000);
    expect([member.role, cluster.owners]).toEqual(["owner", {}]);
    one.bus.unblock();
    await cluster.run(1_000);
    expect([member.ends, cluster.owners]).toEqual([[], { broker: one.name }]);
  });

  test("is taken over from the node that had it, whose topics end as moved", async () => {
    const { cluster, one, other, third } = await start({}, {}, {});
    const letGo = one.pubSub.hold("broker");
    const owner = one.join("orders", HELD);
    await cluster.run(50);
    const [follower, elsewhere] = [other.join("orders", HELD), third.join("orders", HELD)];
    await cluster.run(50);
    expect([owner, follower, elsewhere].map(({ role }) => role)).toEqual(["owner", "follower", "follower"]);
    other.startable.set("orders", HELD);
    other.pubSub.hold("broker");
    letGo();
    await cluster.run(100);
    expect([owner.ends, follower.ends, elsewhere.ends]).toEqual([["moved"], ["moved"], ["moved"]]);
    expect(cluster.owners).toEqual({ broker: other.name });
    for (const member of [owner, follower, elsewhere]) member.leave();
    await cluster.run(50);
    const again = [one.join("orders", HELD), other.join("orders", HELD), third.join("orders", HELD)];
    await cluster.run(300);
    expect(again.map(({ role }) => role)).toEqual(["follower", "owner", "follower"]);
    expect(cluster.owners).toEqual({ broker: other.name });
  });

  test("is taken from a node that has claimed it without holding it", async () => {
    const { cluster, one, other } = await start({}, {});
    const member = one.join("orders", { key: "broker" });
    await cluster.run(50);
    other.pubSub.hold("broker");
    await cluster.run(50);
    expect([member.ends, cluster.owners]).toEqual([["moved"], { broker: other.name }]);
  });

  test("is claimed again after another node has taken it, until it is let go", async () => {
    const { cluster, one, other } = await start({}, {});
    const letGo = one.pubSub.hold("broker");
    const owner = one.join("orders", HELD);
    await cluster.run(50);
    const release = other.pubSub.hold("broker");
    await cluster.run(100);
    expect([owner.ends, cluster.owners]).toEqual([["moved"], { broker: other.name }]);
    release();
    owner.leave();
    await cluster.run(1_000);
    expect(cluster.owners).toEqual({ broker: one.name });
    letGo();
    await cluster.run(100);
    expect([cluster.owners, one.pubSub.isIdle, other.pubSub.isIdle]).toEqual([{}, true, true]);
  });

  test("is let go once the sources of its topics have stopped, and when the node closes", async () => {
    const { cluster, one, other } = await start({}, {});
    const letGo = one.pubSub.hold("broker");
    const owner = one.join("orders", HELD);
    await cluster.run(50);
    letGo();
    letGo();
    await cluster.run(500);
    expect([owner.ends, cluster.owners]).toEqual([["moved"], { broker: one.name }]);
    owner.membership?.leave();
    await cluster.run(50);
    expect(cluster.owners).toEqual({});
    other.pubSub.hold("broker");
    await cluster.run(50);
    void other.pubSub.close();
    await cluster.run(50);
    expect(cluster.owners).toEqual({});
  });

  test("is owned again by a node that has let it go a moment ago", async () => {
    const { cluster, one } = await start({});
    const letGo = one.pubSub.hold("broker");
    const owner = one.join("orders", HELD);
    await cluster.run(50);
    letGo();
    one.pubSub.hold("broker");
    owner.membership?.leave();
    const next = one.join("orders", HELD);
    await cluster.run(100);
    expect([next.role, next.ends, cluster.owners]).toEqual(["owner", [], { broker: one.name }]);
  });
});
