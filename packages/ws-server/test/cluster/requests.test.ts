import { describe, expect, test, vi } from "vitest";
import type { RequestError } from "../../src/cluster/index.js";
import { encodeNodeMessage } from "../../src/cluster/messages.js";
import { deferred } from "../helpers/event-loop.js";
import { TestCluster, type TestNode } from "./test-cluster.js";

const TIMEOUT_MS = 3_000;
const NOTHING_HAPPENED = false;
const UNKNOWN = true;

/** A node that holds the key "k" and replies with what it gets, in upper case, and another node. */
async function startTwo() {
  const cluster = new TestCluster();
  const [holder, other] = [cluster.node(), cluster.node()];
  await cluster.run(50);
  await claim(cluster, holder);
  const handled: string[] = [];
  const stop = holder.pubSub.requests.handle("k", (body) => {
    handled.push(body);
    return body.toUpperCase();
  });
  return { cluster, holder, other, handled, stop };
}

async function claim(cluster: TestCluster, { bus }: TestNode): Promise<void> {
  const before = cluster.hub.find("k");
  const claimed = bus.claim({ key: "k", node: bus.node, id: `of ${bus.node}` }, before);
  await cluster.run(10);
  await claimed;
}

/** Sends a request. @returns its reply; "pending", or the code of the error and whether it may have been handled */
function send({ pubSub }: TestNode, body = "a", key = "k"): () => unknown {
  let outcome: unknown = "pending";
  pubSub.requests.send(key, body, TIMEOUT_MS).then(
    (reply) => (outcome = reply),
    ({ code, mayBeHandled }: RequestError) => (outcome = [code, mayBeHandled]),
  );
  return () => outcome;
}

describe("a request between nodes", () => {
  test("gets the reply of the node that holds the key, from any node", async () => {
    const { cluster, holder, other } = await startTwo();
    const outcomes = [send(other, "from another node"), send(other, "é😀"), send(holder, "from the holder")];
    await cluster.run(20);
    expect(outcomes.map((outcome) => outcome())).toEqual(["FROM ANOTHER NODE", "É😀", "FROM THE HOLDER"]);
  });

  test("asks for the holder once for all requests of the same moment, and again later", async () => {
    const { cluster, holder, other } = await startTwo();
    const find = vi.spyOn(other.bus, "find");
    const outcomes = ["a", "b", "c"].map((body) => send(other, body));
    await cluster.run(20);
    expect(outcomes.map((outcome) => outcome())).toEqual(["A", "B", "C"]);
    expect(find).toHaveBeenCalledTimes(1);
    holder.kill();
    const next = cluster.node();
    await cluster.run(50);
    await claim(cluster, next);
    next.pubSub.requests.handle("k", () => "next");
    const later = send(other);
    await cluster.run(20);
    expect(later()).toBe("next");
  });

  test("goes to the node that holderOf returns; without a connection that is unknown", async () => {
    const { cluster, holder, other } = await startTwo();
    const found = Promise.all(["k", "another key"].map((key) => other.pubSub.requests.holderOf(key)));
    await cluster.run(20);
    expect(await found).toEqual([holder.name, undefined]);
    other.bus.block();
    const unknown = other.pubSub.requests.holderOf("k").catch(({ code }: RequestError) => code);
    await cluster.run(2_000);
    expect(await unknown).toBe("bus_down");
  });

  test("is refused, and nothing has happened, if no node holds the key or the holder has no handler", async () => {
    const { cluster, other, stop } = await startTwo();
    const unknown = send(other, "a", "another key");
    stop();
    const stopped = send(other);
    await cluster.run(20);
    expect([unknown(), stopped()]).toEqual([
      ["no_holder", NOTHING_HAPPENED],
      ["no_holder", NOTHING_HAPPENED],
    ]);
  });

  test("is refused while the bus is down, and when the holder cannot be found in time", async () => {
    const { cluster, other, handled } = await startTwo();
    cluster.hub.answerLoss = 1;
    const unanswered = send(other);
    await cluster.run(1_499);
    expect(unanswered()).toBe("pending");
    await cluster.run(1);
    expect(unanswered()).toEqual(["bus_down", NOTHING_HAPPENED]);
    cluster.hub.answerLoss = 0;
    const again = send(other);
    await cluster.run(20);
    expect(again()).toBe("A");
    other.bus.block();
    await cluster.run(20);
    const down = send(other);
    await cluster.run(0);
    expect(down()).toEqual(["bus_down", NOTHING_HAPPENED]);
    expect(handled).toEqual(["a"]);
  });

  test("has an unknown outcome after its time limit, if it was lost", async () => {
    const { cluster, other, handled } = await startTwo();
    cluster.hub.messageLoss = 1;
    const outcome = send(other);
    await cluster.run(TIMEOUT_MS - 1);
    expect(outcome()).toBe("pending");
    await cluster.run(1);
    expect([outcome(), handled]).toEqual([["no_reply", UNKNOWN], []]);
    expect(other.pubSub.stats().pendingRequests).toBe(0);
  });

  test("has an unknown outcome if only its reply was lost, and is handled once", async () => {
    const { cluster, holder, other, handled } = await startTwo();
    const outcome = send(other);
    while (handled.length === 0) await cluster.run(1);
    holder.bus.cut();
    await cluster.run(TIMEOUT_MS);
    expect([outcome(), handled]).toEqual([["no_reply", UNKNOWN], ["a"]]);
  });

  test("has an unknown outcome if the holder is killed, and none if it is paused for less than the limit", async () => {
    const { cluster, holder, other } = await startTwo();
    const slow = send(other, "slow");
    holder.clock.pause(2_000);
    await cluster.run(2_020);
    expect(slow()).toBe("SLOW");
    holder.kill();
    const lost = send(other);
    await cluster.run(TIMEOUT_MS);
    expect(lost()).toEqual(["no_reply", UNKNOWN]);
  });

  test("has an unknown outcome soon after another node has claimed the key", async () => {
    const { cluster, holder, other } = await startTwo();
    holder.kill();
    const lost = send(other);
    await cluster.run(1_400);
    expect(lost()).toBe("pending");
    const next = cluster.node();
    await cluster.run(50);
    await claim(cluster, next);
    const { promise: opened, resolve: open } = deferred();
    next.pubSub.requests.handle("k", () => opened.then(() => "next"));
    const kept = send(other);
    await cluster.run(300);
    expect(lost()).toEqual(["no_reply", UNKNOWN]);
    await cluster.run(1_500);
    open();
    await cluster.run(20);
    expect(kept()).toBe("next");
  });

  test("ignores a late reply", async () => {
    const { cluster, holder, other, stop } = await startTwo();
    stop();
    const { promise: opened, resolve: open } = deferred();
    holder.pubSub.requests.handle("k", async (body) => {
      if (body === "late") await opened;
      return body;
    });
    const late = send(other, "late");
    await cluster.run(TIMEOUT_MS);
    const next = send(other, "next");
    open();
    await cluster.run(20);
    expect([late(), next()]).toEqual([["no_reply", UNKNOWN], "next"]);
  });

  test("ignores the reply of a node that did not get it", async () => {
    const { cluster, holder, other, stop } = await startTwo();
    stop();
    const { promise: opened, resolve: open } = deferred();
    holder.pubSub.requests.handle("k", () => opened.then(() => "genuine"));
    const third = cluster.node();
    const outcome = send(other);
    await cluster.run(50);
    third.bus.send(other.name, encodeNodeMessage({ type: "reply", id: 1, status: "ok", body: "forged" }));
    await cluster.run(20);
    open();
    await cluster.run(20);
    expect(outcome()).toBe("genuine");
  });

  test("that arrives twice is handled once", async () => {
    const { cluster, holder, other, handled } = await startTwo();
    for (const id of [1, 1, 2, 1, 2]) {
      other.bus.send(holder.name, encodeNodeMessage({ type: "request", id, key: "k", body: `${id}` }));
    }
    await cluster.run(20);
    expect(handled).toEqual(["1", "2"]);
  });

  test("of more than 1,000 nodes is handled, and the node that was silent longest is forgotten", async () => {
    const { holder, handled } = await startTwo();
    const request = (node: number) =>
      holder.pubSub.requests.onRequest(`n${node}`, { type: "request", id: 1, key: "k", body: `${node}` });
    for (let node = 0; node <= 1_000; node++) request(node);
    request(1);
    request(0);
    expect(handled.slice(1_000)).toEqual(["1000", "0"]);
  });

  test("is refused above 64 kB, and its reply above 4 MB", async () => {
    const { cluster, holder, other, stop } = await startTwo();
    stop();
    holder.pubSub.requests.handle("k", (body) => "é".repeat(Number(body)));
    const outcomes = [
      send(other, "x".repeat(65_537)),
      send(other, "é".repeat(32_769)),
      send(other, "2097152"),
      send(other, "2097153"),
    ];
    await cluster.run(20);
    const [long, wide, most, more] = outcomes.map((outcome) => outcome());
    expect([long, wide, more]).toEqual([
      ["request_too_large", NOTHING_HAPPENED],
      ["request_too_large", NOTHING_HAPPENED],
      ["reply_too_large", UNKNOWN],
    ]);
    expect((most as string).length).toBe(2_097_152);
  });

  test("is refused if 1,000 of this node wait, or the bus has no room", async () => {
    const { cluster, other } = await startTwo();
    const waiting = Array.from({ length: 1_000 }, () => send(other));
    const refused = send(other);
    await cluster.run(20);
    expect(refused()).toEqual(["too_busy", NOTHING_HAPPENED]);
    expect(new Set(waiting.map((outcome) => outcome()))).toEqual(new Set(["A"]));
    other.bus.congest(100);
    const sent = send(other);
    await cluster.run(20);
    const congested = send(other);
    await cluster.run(20);
    expect([sent(), congested()]).toEqual(["A", ["too_busy", NOTHING_HAPPENED]]);
    await cluster.run(100);
    const drained = send(other);
    await cluster.run(20);
    expect(drained()).toBe("A");
  });

  test("is refused if the holder handles 4,000", async () => {
    const { cluster, holder, other, stop } = await startTwo();
    stop();
    const { promise: opened, resolve: open } = deferred();
    holder.pubSub.requests.handle("k", () => opened.then(() => "done"));
    const third = cluster.node();
    await cluster.run(50);
    for (let id = 1; id <= 4_000; id++) {
      third.bus.send(holder.name, encodeNodeMessage({ type: "request", id, key: "k", body: "" }));
    }
    await cluster.run(20);
    const refused = send(other);
    await cluster.run(20);
    expect(refused()).toEqual(["too_busy", NOTHING_HAPPENED]);
    open();
    await cluster.run(20);
    const accepted = send(other);
    await cluster.run(20);
    expect(accepted()).toBe("done");
  });

  test("whose handler throws fails without the reason, and the holder goes on", async () => {
    const { cluster, holder, other, stop } = await startTwo();
    stop();
    const remove = holder.pubSub.requests.handle("k", () => {
      throw new Error("secret");
    });
    const failed = send(other);
    await cluster.run(20);
    expect(failed()).toEqual(["handler_failed", UNKNOWN]);
    expect(holder.logger.entries.map(({ message }) => message)).toEqual(["A request of another node failed"]);
    expect(() => holder.pubSub.requests.handle("k", () => "")).toThrow(/has a handler already/);
    remove();
    holder.pubSub.requests.handle("k", () => "works");
    remove();
    const next = send(other);
    await cluster.run(20);
    expect(next()).toBe("works");
  });

  test("reaches a node by its name, which need not hold a key", async () => {
    const { cluster, holder, other } = await startTwo();
    other.pubSub.requests.handle("of each node", (body) => `${body} handled`);
    const ask = (node: string, key: string) =>
      holder.pubSub.requests.sendTo(node, key, "body", 1_000).catch(({ code }: RequestError) => code);
    const replies = Promise.all([
      ask(other.name, "of each node"),
      ask(other.name, "unknown"),
      ask("absent", "of each node"),
    ]);
    await cluster.run(2_000);
    expect(await replies).toEqual(["body handled", "no_holder", "no_reply"]);
  });

  test("is rejected when its node closes, and refused afterwards", async () => {
    const { cluster, holder, other, stop } = await startTwo();
    stop();
    holder.pubSub.requests.handle("k", () => new Promise(() => {}));
    const sent = send(other);
    await cluster.run(20);
    const closing = other.pubSub.close();
    const refused = send(other);
    await cluster.run(20);
    await closing;
    expect([sent(), refused()]).toEqual([
      ["closed", UNKNOWN],
      ["closed", NOTHING_HAPPENED],
    ]);
  });
});
