import { describe, expect, test } from "vitest";
import { SourceError } from "../../src/index.js";
import { type Kind, TestCluster } from "./test-cluster.js";

/** A cluster in which one node owns a topic and another follows it. */
async function follow(kind: Kind = "log") {
  const cluster = new TestCluster();
  const [one, other] = [cluster.node(), cluster.node()];
  await cluster.run(50);
  const owner = one.join("t", { kind });
  await cluster.run(20);
  const follower = other.join("t", { kind });
  await cluster.run(20);
  expect([owner.role, follower.role]).toEqual(["owner", "follower"]);
  return { cluster, one, other, owner, follower, hub: cluster.hub };
}

/** Records the messages that a bus sends from now on. */
function sentBy(bus: { send: (to: string, message: Uint8Array) => boolean }): string[] {
  const sent: string[] = [];
  const send = bus.send.bind(bus);
  bus.send = (to, message) => {
    sent.push(Buffer.from(message).toString());
    return send(to, message);
  };
  return sent;
}

describe("a follower", () => {
  test("gets all publications of a turn in one message, whatever their number", async () => {
    const { cluster, one, owner, follower } = await follow();
    const sent = sentBy(one.bus);
    owner.publish(100);
    await cluster.run(10);
    expect(follower.received).toHaveLength(100);
    expect(sent.filter((message) => message.includes('"items":[['))).toHaveLength(1);
  });

  test("is sent the publications of a turn before the owner's clients", async () => {
    const { cluster, one, owner } = await follow();
    const order: string[] = [];
    const send = one.bus.send.bind(one.bus);
    one.bus.send = (to, message) => {
      if (String(message).includes('"items":[[')) order.push("follower");
      return send(to, message);
    };
    // A write scheduler writes at the end of the turn in which it got the first frame.
    owner.onPublication = () => one.clock.endOfTurn(() => order.push("clients"));
    owner.publish();
    await cluster.run(10);
    expect(order).toEqual(["follower", "clients"]);
  });

  test("gets an update that a listener of the owner publishes in response to another one after that one", async () => {
    const { cluster, owner, follower } = await follow();
    owner.onPublication = ({ offset }) => {
      if (offset === 1) owner.publish();
    };
    owner.publish();
    await cluster.run(10);
    expect([follower.received, follower.ends]).toEqual([["1", "2"], []]);
  });

  test("costs an owner without followers nothing", async () => {
    const { cluster, one, owner, follower } = await follow();
    follower.membership?.leave();
    await cluster.run(20);
    const sent = sentBy(one.bus);
    owner.publish(100);
    await cluster.run(500);
    expect(sent).toEqual([]);
  });

  test("has the owner's floor, so that no client recovers what it never had", async () => {
    const { cluster, owner } = await follow();
    owner.publish(8);
    const late = cluster.node();
    await cluster.run(50);
    const member = late.join();
    await cluster.run(20);
    expect(member.retained).toEqual(["4", "5", "6", "7", "8"]);
    expect([member.membership?.history.floor, member.membership?.history.offset]).toEqual([3, 8]);
  });

  test("of a keyed topic has the last state of each key, and the owner's offset", async () => {
    const { cluster, owner } = await follow("keyed");
    for (const key of ["a", "b", "a", "c", "b"]) owner.publish(1, key);
    const late = cluster.node();
    await cluster.run(50);
    const member = late.join("t", { kind: "keyed" });
    await cluster.run(20);
    expect(member.retained).toEqual(["3", "4", "5"]);
    expect(member.membership?.history.offset).toBe(5);
  });

  test("gets a large history in several messages, and joins when it has all of it", async () => {
    const { cluster, one, owner } = await follow("keyed");
    const { encoder } = owner.descriptor;
    const large = "x".repeat(400_000);
    for (let offset = 1; offset <= 10; offset++) {
      const frame = encoder.frame(offset, encoder.body(large));
      owner.membership?.publish({ offset, key: `k${offset}`, isFinished: false, frame });
    }
    const sent = sentBy(one.bus);
    const late = cluster.node();
    await cluster.run(50);
    const member = late.join("t", { kind: "keyed" });
    await cluster.run(50);
    expect(member.retained).toHaveLength(10);
    expect(sent.filter((message) => message.includes(large)).length).toBeGreaterThan(3);
    expect(Math.max(...sent.map(({ length }) => length))).toBeLessThan(2_000_000);
  });

  test("recovers what a lost message contained, without an end", async () => {
    const { cluster, owner, follower, hub } = await follow();
    owner.publish(1);
    await cluster.run(10);
    hub.messageLoss = 1;
    owner.publish(2);
    await cluster.run(10);
    hub.messageLoss = 0;
    owner.publish(1);
    await cluster.run(50);
    expect([follower.received, follower.ends]).toEqual([["1", "2", "3", "4"], []]);
  });

  test("recovers after its connection broke, without an end", async () => {
    const { cluster, other, owner, follower } = await follow();
    owner.publish(1);
    await cluster.run(10);
    other.bus.cut();
    owner.publish(2);
    await cluster.run(100);
    expect([follower.received, follower.ends]).toEqual([["1", "2", "3"], []]);
    expect(owner.followers).toBe(1);
  });

  test("of a log ends as updates_lost when the owner no longer has what it lacks", async () => {
    const { cluster, other, owner, follower } = await follow();
    owner.publish(1);
    await cluster.run(10);
    other.bus.block();
    await cluster.run(20);
    owner.publish(10);
    other.bus.unblock();
    await cluster.run(200);
    expect([follower.received, follower.ends]).toEqual([["1"], ["updates_lost"]]);
    follower.membership?.leave();
    await cluster.run(50);
    expect(owner.followers).toBe(0);
  });

  test("of a keyed topic ends as updates_lost when the owner has evicted a key that it lacks", async () => {
    const { cluster, other, owner, follower } = await follow("counted");
    owner.publish(1, "a");
    await cluster.run(10);
    other.bus.block();
    await cluster.run(20);
    for (const key of ["b", "c", "d", "e", "f"]) owner.publish(1, key);
    other.bus.unblock();
    await cluster.run(200);
    expect([follower.received, follower.ends]).toEqual([["1"], ["updates_lost"]]);
  });

  test("that is accepted in the turn of a publication gets what was retained before it", async () => {
    const cluster = new TestCluster();
    const [one, other] = [cluster.node(), cluster.node()];
    await cluster.run(50);
    const owner = one.join("t", { isOpen: false });
    await cluster.run(20);
    const follower = other.join();
    await cluster.run(20);
    owner.publish(3);
    owner.membership?.open();
    owner.publish(1);
    await cluster.run(20);
    expect([follower.role, follower.retained]).toEqual(["follower", ["1", "2", "3", "4"]]);
  });

  test("of a log ends as updates_lost when the bus has no room for too long", async () => {
    const { cluster, one, owner, follower } = await follow();
    one.bus.congest(1_000);
    owner.publish(1);
    await cluster.run(10);
    for (let count = 0; count < 3; count++) owner.publish(1);
    await cluster.run(10);
    expect(follower.received).toEqual(["1"]);
    owner.publish(6);
    await cluster.run(1_100);
    expect([follower.received, follower.ends, owner.followers]).toEqual([["1"], ["updates_lost"], 0]);
  });

  test("of a keyed topic gets the last state of each key when the bus has room again", async () => {
    const { cluster, one, owner, follower } = await follow("keyed");
    one.bus.congest(1_000);
    owner.publish(1, "a");
    await cluster.run(10);
    for (const key of ["a", "b", "a", "b", "a"]) owner.publish(1, key);
    await cluster.run(1_100);
    expect([follower.received, follower.ends]).toEqual([["1", "5", "6"], []]);
    owner.publish(1, "c");
    await cluster.run(10);
    expect(follower.received.at(-1)).toBe("7");
  });

  test("ends as owner_lost soon after its owner was killed, and the next run does not wait for the dead owner", async () => {
    // The store notices the death after a moment, as Redis does when a connection closes.
    const cluster = new TestCluster({ lifetimeMs: 400 });
    const [one, other] = [cluster.node(), cluster.node()];
    await cluster.run(50);
    const owner = one.join();
    await cluster.run(20);
    const follower = other.join();
    await cluster.run(1_000);
    expect([owner.role, follower.role]).toEqual(["owner", "follower"]);
    one.kill();
    await cluster.run(2_500);
    expect(follower.ends).toEqual(["owner_lost"]);
    follower.leave();
    const next = other.join();
    await cluster.run(50);
    expect(next.role).toBe("owner");
  });

  test("ends as owner_lost when the owner is silent for five seconds, and not before", async () => {
    const { cluster, one, follower } = await follow();
    await cluster.run(3_000);
    one.bus.stall(20_000);
    await cluster.run(3_500);
    expect(follower.ends).toEqual([]);
    await cluster.run(3_000);
    expect(follower.ends).toEqual(["owner_lost"]);
  });

  test("follows on a bus whose messages take longer than a repetition", async () => {
    const cluster = new TestCluster();
    const [one, other] = [cluster.node(), cluster.node()];
    await cluster.run(50);
    const owner = one.join();
    await cluster.run(20);
    one.bus.delayMs = 400;
    const follower = other.join();
    await cluster.run(5_000);
    owner.publish(1);
    await cluster.run(1_000);
    expect([follower.role, follower.received, follower.ends]).toEqual(["follower", ["1"], []]);
  });

  test("counts as silent what arrives too late, although it arrives all the time", async () => {
    const { cluster, one, owner, follower } = await follow();
    // Slowly, so that a sign of life arrives about each second.
    for (let count = 0; count < 120 && follower.ends.length === 0; count++) {
      one.bus.delayMs += 20;
      owner.publish(1);
      await cluster.run(250);
    }
    expect(follower.ends).toEqual(["owner_lost"]);
  });

  test("ends when the owner has another epoch", async () => {
    const { cluster, one, other, owner, follower } = await follow();
    other.bus.block();
    await cluster.run(20);
    owner.leave();
    const next = one.join();
    await cluster.run(100);
    expect(next.role).toBe("owner");
    other.bus.unblock();
    await cluster.run(200);
    expect(follower.ends).toEqual(["moved"]);
  });

  test.each(["claimed", "started"])(
    "ends when the owner's run has ended unnoticed, and the next one is not %s yet",
    async (step) => {
      const { cluster, one, other, owner, follower } = await follow();
      other.bus.block();
      await cluster.run(20);
      owner.leave();
      await cluster.run(20);
      if (step === "claimed") one.bus.claim = () => new Promise(() => {});
      const next = one.join("t", { isOpen: false });
      await cluster.run(20);
      expect(next.role).toBe(step === "claimed" ? "pending" : "owner");
      other.bus.unblock();
      await cluster.run(200);
      expect([follower.ends, next.followers]).toEqual([["moved"], 0]);
    },
  );

  test("ends with the owner's reason, after its last updates", async () => {
    const { cluster, owner, follower } = await follow();
    owner.publish(2);
    owner.membership?.end(new SourceError("feed_lost", "The feed is down", { retryable: true }));
    await cluster.run(20);
    expect([follower.received, follower.ends]).toEqual([["1", "2"], ["feed_lost"]]);
  });

  test("that is killed is forgotten after a while, and one that only reconnects is not", async () => {
    const { cluster, other, owner } = await follow();
    other.bus.cut();
    await cluster.run(9_000);
    expect(owner.followers).toBe(1);
    other.kill();
    await cluster.run(9_000);
    expect(owner.followers).toBe(1);
    await cluster.run(2_000);
    expect(owner.followers).toBe(0);
  });

  test("that has left while its request was on the way leaves no interest", async () => {
    const cluster = new TestCluster();
    const [one, other] = [cluster.node(), cluster.node()];
    await cluster.run(50);
    const owner = one.join();
    const stays = one.join("t2");
    await cluster.run(20);
    const second = other.join("t2");
    await cluster.run(20);
    const follower = other.join();
    await cluster.run(3.5);
    // Its notification that it has left is lost.
    cluster.hub.messageLoss = 1;
    follower.abort();
    await cluster.run(1.2);
    cluster.hub.messageLoss = 0;
    await cluster.run(3_000);
    expect([owner.followers, stays.followers, second.role]).toEqual([0, 1, "follower"]);
  });

  test("that has left leaves no interest, although the message about it was lost", async () => {
    const { cluster, one, other, owner, follower, hub } = await follow();
    const second = one.join("second");
    await cluster.run(20);
    // Another topic keeps the feed open.
    other.join("second");
    await cluster.run(20);
    hub.messageLoss = 1;
    follower.leave();
    await cluster.run(2);
    hub.messageLoss = 0;
    expect([owner.followers, second.followers]).toEqual([1, 1]);
    await cluster.run(1_500);
    expect([owner.followers, second.followers]).toEqual([0, 1]);
  });

  test("is not confused by messages of an earlier feed", async () => {
    const { cluster, one, other, owner, follower } = await follow();
    const sent = sentBy(one.bus);
    owner.publish(1);
    await cluster.run(10);
    const data = sent.find((message) => message.includes('"items":[[')) ?? "";
    other.bus.cut();
    await cluster.run(100);
    for (let count = 0; count < 3; count++) one.bus.send(other.name, Buffer.from(data));
    owner.publish(1);
    await cluster.run(100);
    expect([follower.received, follower.ends]).toEqual([["1", "2"], []]);
  });

  test("follows the node that has taken over a dead owner's topic", async () => {
    const { cluster, one, other, follower } = await follow();
    const third = cluster.node();
    await cluster.run(50);
    one.kill();
    await cluster.run(6_500);
    expect(follower.ends).toEqual(["owner_lost"]);
    follower.membership?.leave();
    const again = [other.join(), third.join()];
    await cluster.run(4_000);
    expect(again.map(({ role }) => role).sort()).toEqual(["follower", "owner"]);
    expect(again[0]?.epoch).toBe(again[1]?.epoch);
    expect(again[0]?.epoch).not.toBe(follower.epoch);
  });
});
