import { describe, expect, test } from "vitest";
import { SourceError } from "../../src/index.js";
import { TestCluster } from "./test-cluster.js";

/** A cluster of nodes that are up. */
async function start(count = 2) {
  const cluster = new TestCluster();
  const nodes = Array.from({ length: count }, () => cluster.node());
  await cluster.run(50);
  const [one, other, third] = nodes;
  if (one === undefined || other === undefined) throw new Error("two nodes at least");
  return { cluster, one, other, third: third ?? other, hub: cluster.hub };
}

describe("the owner of a topic", () => {
  test("is the first node, whose epoch all nodes have", async () => {
    const { cluster, one, other } = await start();
    const owner = one.join();
    await cluster.run(20);
    const follower = other.join();
    await cluster.run(20);
    expect([owner.role, follower.role, cluster.owners]).toEqual(["owner", "follower", { t: one.name }]);
    expect(follower.epoch).toBe(owner.epoch);
    expect(owner.followers).toBe(1);
  });

  test("is one of two nodes that join at the same time, and the other follows without a second claim", async () => {
    const { cluster, one, other, hub } = await start();
    // The answer to the owner's claim arrives after the follower's request.
    one.bus.delayMs = 10;
    const members = [one.join(), other.join()];
    one.bus.delayMs = 0;
    await cluster.run(100);
    expect(members.map(({ role }) => role).sort()).toEqual(["follower", "owner"]);
    expect(hub.claimCalls).toBe(2);
  });

  test("is not replaced while the answer to its claim is on the way", async () => {
    const { cluster, one, other } = await start();
    const claim = one.bus.claim.bind(one.bus);
    one.bus.claim = async (mine, instead) => {
      const standing = await claim(mine, instead);
      await new Promise<void>((resolve) => void cluster.scheduler.after(20, resolve));
      return standing;
    };
    const owner = one.join();
    await cluster.run(5);
    const follower = other.join();
    await cluster.run(100);
    expect([owner.role, follower.role, owner.ends]).toEqual(["owner", "follower", []]);
  });

  test("releases its claim when it leaves, so that the next one need not wait", async () => {
    const { cluster, one, other } = await start();
    const owner = one.join();
    await cluster.run(20);
    owner.leave();
    await cluster.run(20);
    expect(cluster.owners).toEqual({});
    const next = other.join();
    await cluster.run(10);
    expect(next.role).toBe("owner");
    expect(one.pubSub.isIdle).toBe(true);
  });

  test("keeps its claim while its source stops, and other nodes wait", async () => {
    const { cluster, one, other } = await start();
    const owner = one.join();
    await cluster.run(20);
    owner.membership?.end(new SourceError("source_ended", "The end"));
    const next = other.join();
    await cluster.run(3_000);
    expect([next.role, cluster.owners]).toEqual(["pending", { t: one.name }]);
    owner.membership?.leave();
    await cluster.run(200);
    expect([next.role, cluster.owners]).toEqual(["owner", { t: other.name }]);
    expect(next.epoch).not.toBe(owner.epoch);
  });

  test("joins a topic again only after it has left it", async () => {
    const { cluster, one } = await start();
    const owner = one.join();
    await cluster.run(20);
    const early = one.join();
    await cluster.run(20);
    expect(early.role).toBe("source_unavailable");
    owner.leave();
    const late = one.join();
    await cluster.run(20);
    expect(late.role).toBe("owner");
  });

  test("that closes is replaced by a node that waits for it", async () => {
    const { cluster, one, other } = await start();
    const owner = one.join("t", { isOpen: false });
    await cluster.run(20);
    const next = other.join();
    await cluster.run(20);
    expect(owner.followers).toBe(1);
    owner.membership?.leave();
    await cluster.run(200);
    expect(next.role).toBe("owner");
  });

  test("and its followers go on when their members throw", async () => {
    const { cluster, one, other } = await start();
    const owner = one.join();
    await cluster.run(20);
    const follower = other.join();
    await cluster.run(20);
    for (const member of [owner, follower]) {
      member.onPublication = () => {
        throw new Error("broken member");
      };
    }
    owner.publish(2);
    await cluster.run(20);
    expect(follower.membership?.history.offset).toBe(2);
    expect([one, other].map(({ logger }) => logger.entries.length)).toEqual([2, 2]);
  });
});

test("a topic that is joined before the bus is up is claimed when it is", async () => {
  const cluster = new TestCluster();
  const owner = cluster.node().join();
  await cluster.run(19);
  expect([owner.role, cluster.hub.claimCalls]).toEqual(["pending", 0]);
  await cluster.run(4);
  expect(owner.role).toBe("owner");
});

describe("an update from outside", () => {
  test("reaches the owner from any node, in order", async () => {
    const { cluster, one, other, third } = await start(3);
    const owner = one.join();
    await cluster.run(20);
    const follower = other.join();
    await cluster.run(20);
    const dropped: string[] = [];
    for (const body of ["1", "2", "3"]) other.pubSub.forward({ topic: "t" }, body, () => dropped.push(body));
    await cluster.run(20);
    for (const body of ["4", "5"]) third.pubSub.forward({ topic: "t" }, body, () => dropped.push(body));
    third.pubSub.forward({ topic: "unknown" }, "6", () => dropped.push("6"));
    await cluster.run(20);
    expect([owner.forwarded, follower.forwarded, dropped]).toEqual([["1", "2", "3", "4", "5"], [], ["6"]]);
  });

  test("is dropped when the bus does not answer who owns the topic, and later ones are not", async () => {
    const { cluster, one, other, hub } = await start();
    const owner = one.join();
    await cluster.run(20);
    const dropped: string[] = [];
    hub.answerLoss = 1;
    for (const body of ["1", "2"]) other.pubSub.forward({ topic: "t" }, body, () => dropped.push(body));
    await cluster.run(2_000);
    hub.answerLoss = 0;
    other.pubSub.forward({ topic: "t" }, "3", () => dropped.push("3"));
    await cluster.run(20);
    expect([owner.forwarded, dropped]).toEqual([["3"], ["1", "2"]]);
  });

  test("that arrives at a node which follows is dropped", async () => {
    const { cluster, one, other, third } = await start(3);
    one.join();
    await cluster.run(20);
    const follower = other.join();
    await cluster.run(20);
    third.bus.find = async (key) => ({ key, node: other.name, id: "outdated" });
    third.pubSub.forward({ topic: "t" }, "1", () => {});
    await cluster.run(20);
    expect([follower.role, follower.forwarded]).toEqual(["follower", []]);
  });
});

describe("a claim", () => {
  test("whose answer was lost is released, when the run no longer wants it", async () => {
    const { cluster, one, hub } = await start();
    hub.answerLoss = 1;
    const member = one.join();
    await cluster.run(100);
    expect(cluster.owners).toEqual({ t: one.name });
    member.abort();
    hub.answerLoss = 0;
    await cluster.run(3_000);
    expect([member.role, cluster.owners, one.pubSub.isIdle]).toEqual(["unsubscribed", {}, true]);
  });

  test("whose answer was lost is made again, and leaves one claim", async () => {
    const { cluster, one, other, hub } = await start();
    hub.answerLoss = 1;
    const member = one.join();
    await cluster.run(100);
    hub.answerLoss = 0;
    await cluster.run(3_000);
    expect([member.role, hub.claims.length, one.pubSub.stats().keys]).toEqual(["owner", 1, 1]);
    const follower = other.join();
    await cluster.run(20);
    expect(follower.role).toBe("follower");
  });

  test("of this node that no run has is replaced", async () => {
    const { cluster, one, hub } = await start();
    void one.bus.claim({ key: "t", node: one.name, id: "left over" });
    await cluster.run(10);
    let messages = 0;
    one.bus.send = () => ++messages > 0;
    const member = one.join();
    await cluster.run(50);
    expect([member.role, hub.claims.map(({ id }) => id === "left over"), messages]).toEqual(["owner", [false], 0]);
  });

  test("that arrives for a run that has ended is released", async () => {
    const { cluster, one } = await start();
    const member = one.join();
    member.abort();
    await cluster.run(20);
    expect([member.role, cluster.owners]).toEqual(["unsubscribed", {}]);
  });

  test("is released again until that is confirmed", async () => {
    const { cluster, one, hub } = await start();
    const owner = one.join();
    await cluster.run(20);
    one.bus.cut();
    owner.leave();
    expect(one.pubSub.isIdle).toBe(false);
    await cluster.run(200);
    expect([hub.claims, one.pubSub.isIdle]).toEqual([[], true]);
  });

  test("of a herd waits for its turn: at most 64 are in flight, and an owner gets one request", async () => {
    const { cluster, one, other, hub } = await start();
    const owners = Array.from({ length: 200 }, (_, index) => one.join(`t${index}`));
    await cluster.run(1.5);
    expect(hub.claimCalls).toBe(64);
    await cluster.run(50);
    expect(owners.every(({ role }) => role === "owner")).toBe(true);
    const requests: string[] = [];
    const send = other.bus.send.bind(other.bus);
    other.bus.send = (to, message) => {
      requests.push(/"type":"(\w+)"/.exec(Buffer.from(message).toString())?.[1] ?? "");
      return send(to, message);
    };
    const followers = Array.from({ length: 200 }, (_, index) => other.join(`t${index}`));
    await cluster.run(50);
    expect(followers.every(({ role }) => role === "follower")).toBe(true);
    // One for each answer of a turn: 64 claims at most are answered together.
    expect(requests.filter((type) => type === "sync" || type === "want").length).toBeLessThanOrEqual(200);
  });
});

describe("an owner that stands still", () => {
  test("is replaced when its lifetime has run out at two looks, and ends its run when it wakes", async () => {
    const { cluster, one, other, third } = await start(3);
    const owner = one.join();
    await cluster.run(20);
    const follower = other.join();
    await cluster.run(100);
    one.clock.pause(20_000);
    await cluster.run(6_500);
    expect(follower.ends).toEqual(["owner_lost"]);
    follower.membership?.leave();
    const next = third.join();
    await cluster.run(5_000);
    expect([next.role, next.epoch === owner.epoch]).toEqual(["owner", false]);
    expect(owner.ends).toEqual([]);
    await cluster.run(9_000);
    // Notified by the store, long before the claim is verified.
    expect(owner.ends).toEqual(["moved"]);
    owner.leave();
    await cluster.run(100);
    expect(cluster.owners).toEqual({ t: third.name });
  });

  test("does not claim again what another node has taken over and released", async () => {
    const { cluster, one, other, hub } = await start();
    const owner = one.join();
    await cluster.run(20);
    // The notification is lost.
    one.bus.block();
    await cluster.run(10_000);
    const next = other.join();
    await cluster.run(10_000);
    expect(next.role).toBe("owner");
    next.leave();
    await cluster.run(100);
    one.bus.unblock();
    await cluster.run(200);
    expect([owner.ends, hub.claims]).toEqual([["moved"], []]);
  });

  test("for a moment is not replaced: a second look finds it alive", async () => {
    const { cluster, one, other } = await start();
    const owner = one.join();
    await cluster.run(20);
    // Its lifetime runs out at 5 s; it wakes right after the first look at it.
    one.clock.pause(6_000);
    await cluster.run(4_900);
    const follower = other.join();
    await cluster.run(3_000);
    expect([follower.role, owner.ends, cluster.owners]).toEqual(["follower", [], { t: one.name }]);
  });

  test("is not dead because of looks on different connections", async () => {
    const { cluster, one, other } = await start();
    const owner = one.join();
    await cluster.run(20);
    one.bus.stall(8_500);
    await cluster.run(6_000);
    const follower = other.join();
    for (let count = 0; count < 8; count++) {
      await cluster.run(500);
      expect(cluster.owners).toEqual({ t: one.name });
      other.bus.cut();
    }
    await cluster.run(2_000);
    expect([follower.role, owner.ends]).toEqual(["follower", []]);
  });
});

describe("when the store of claims has restarted empty", () => {
  test("owners claim again as they were, before other nodes do, and nothing ends", async () => {
    const { cluster, one, other, third, hub } = await start(3);
    const owner = one.join();
    await cluster.run(20);
    const follower = other.join();
    await cluster.run(100);
    const claims = [...hub.claims];
    // The owner is the last one to connect again.
    one.bus.block();
    hub.restart({ isEmpty: true, downMs: 100 });
    const late = third.join();
    await cluster.run(1_500);
    one.bus.unblock();
    await cluster.run(5_000);
    owner.publish(3);
    await cluster.run(100);
    expect([owner.ends, follower.ends, late.role]).toEqual([[], [], "follower"]);
    expect(new Set([owner.epoch, follower.epoch, late.epoch]).size).toBe(1);
    expect(hub.claims).toEqual(claims);
    expect(follower.received).toEqual(["1", "2", "3"]);
  });

  test("an owner whose topic was claimed meanwhile ends its run", async () => {
    const { cluster, one, other, hub } = await start();
    const owner = one.join();
    await cluster.run(20);
    one.bus.block();
    hub.restart({ isEmpty: true, downMs: 100 });
    await cluster.run(5_000);
    const next = other.join();
    await cluster.run(100);
    expect(next.role).toBe("owner");
    one.bus.unblock();
    await cluster.run(500);
    expect([owner.ends, cluster.owners]).toEqual([["moved"], { t: other.name }]);
  });

  test("a claim that could not be verified immediately is verified soon", async () => {
    const { cluster, one, hub } = await start();
    const owner = one.join();
    await cluster.run(20);
    const claims = [...hub.claims];
    hub.restart({ isEmpty: true, downMs: 100 });
    hub.answerLoss = 1;
    await cluster.run(500);
    hub.answerLoss = 0;
    await cluster.run(5_000);
    hub.restart({ isEmpty: true, downMs: 100 });
    await cluster.run(5_000);
    expect([owner.ends, hub.claims]).toEqual([[], claims]);
  });
});
