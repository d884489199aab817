import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import type { Bus, BusListener, Claim } from "../cluster/bus.js";

/** A check of one guarantee of {@link Bus}. */
export interface BusCheck {
  readonly name: string;
  /**
   * @param makeBus returns a further node's connection, not open: all of one call of `run` are connected
   * @throws AssertionError if the guarantee does not hold
   */
  run(makeBus: () => Bus | Promise<Bus>): Promise<void>;
}

const TIMEOUT_MS = 5_000;

/** Waits for a condition that a network brings about, at most five seconds. */
async function eventually(holds: () => boolean): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  while (!holds() && performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
}

/** An open bus that records what it is notified of. */
class RecordingBus implements BusListener {
  readonly bus: Bus;
  readonly messages: string[] = [];
  readonly taken: Claim[] = [];
  #ups = 0;

  constructor(bus: Bus) {
    this.bus = bus;
  }

  static async open(makeBus: () => Bus | Promise<Bus>, { ownsTopics = true } = {}): Promise<RecordingBus> {
    const recording = new RecordingBus(await makeBus());
    equal(recording.bus.isUp, false);
    recording.bus.open(recording, { ownsTopics });
    await eventually(() => recording.#ups > 0);
    equal(recording.bus.isUp, true);
    return recording;
  }

  onMessage(from: string, message: Uint8Array): void {
    this.messages.push(`${from}: ${Buffer.from(message).toString("latin1")}`);
  }

  onUp(): void {
    this.#ups++;
  }

  onDown(): void {}

  onDrain(): void {}

  onTaken(claim: Claim): void {
    this.taken.push(claim);
  }

  claimOf(key: string, id: string): Claim {
    return { key, node: this.bus.node, id };
  }

  send(to: RecordingBus, text: string): void {
    this.bus.send(to.bus.node, Buffer.from(text, "latin1"));
  }
}

const { open } = RecordingBus;

/** The checks that every implementation of {@link Bus} must pass. Run each in a separate test. */
export const busChecks: readonly BusCheck[] = [
  {
    name: "nodes have different names, and see the same life of the store",
    async run(makeBus) {
      const [one, other] = [await open(makeBus), await open(makeBus)];
      notEqual(one.bus.node, other.bus.node);
      ok(one.bus.incarnation);
      equal(one.bus.incarnation, other.bus.incarnation);
    },
  },
  {
    name: "messages arrive once, in order, unchanged, and at their node only",
    async run(makeBus) {
      const [one, other, third] = [await open(makeBus), await open(makeBus), await open(makeBus)];
      const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
      const long = "x".repeat(300_000);
      for (const text of ["1", bytes, long, "", "4"]) one.send(other, text);
      third.send(other, "from the third");
      one.bus.send("a node that does not exist", Buffer.from("lost"));
      await eventually(() => other.messages.length >= 6);
      const from = (node: RecordingBus, text: string) => `${node.bus.node}: ${text}`;
      deepEqual(
        other.messages.filter((message) => message !== from(third, "from the third")),
        ["1", bytes, long, "", "4"].map((text) => from(one, text)),
      );
      equal(other.messages.length, 6);
      deepEqual([one.messages, third.messages], [[], []]);
    },
  },
  {
    name: "a node can send to itself",
    async run(makeBus) {
      const one = await open(makeBus);
      one.send(one, "hello");
      await eventually(() => one.messages.length > 0);
      deepEqual(one.messages, [`${one.bus.node}: hello`]);
    },
  },
  {
    name: "a key has one claim: the first",
    async run(makeBus) {
      const [one, other] = [await open(makeBus), await open(makeBus)];
      const first = one.claimOf("key", "first");
      deepEqual(await one.bus.claim(first), first);
      deepEqual(await other.bus.claim(other.claimOf("key", "second")), first);
      deepEqual(await one.bus.claim(one.claimOf("key", "third")), first);
      const free = other.claimOf("other key", "fourth");
      deepEqual(await other.bus.claim(free), free);
      deepEqual([await other.bus.find("key"), await one.bus.find("other key")], [first, free]);
      equal(await one.bus.find("no key"), undefined);
    },
  },
  {
    name: "exactly the claim that is named is replaced, and its node is notified",
    async run(makeBus) {
      const [one, other] = [await open(makeBus), await open(makeBus)];
      const first = one.claimOf("key", "first");
      await one.bus.claim(first);
      const second = other.claimOf("key", "second");
      deepEqual(await other.bus.claim(second, { ...first, id: "another" }), first);
      deepEqual(await other.bus.claim(second, first), second);
      await eventually(() => one.taken.length > 0);
      deepEqual(one.taken, [first]);
      deepEqual(await one.bus.claim(first, first), second);
      deepEqual(other.taken, []);
    },
  },
  {
    name: "a claim that does not exist is not replaced",
    async run(makeBus) {
      const [one, other] = [await open(makeBus), await open(makeBus)];
      const first = one.claimOf("key", "first");
      const second = other.claimOf("key", "second");
      equal(await other.bus.claim(second, first), undefined);
      deepEqual(await one.bus.claim(first), first);
    },
  },
  {
    name: "a claim is renewed by itself, without a notification",
    async run(makeBus) {
      const one = await open(makeBus);
      const claim = one.claimOf("key", "first");
      await one.bus.claim(claim);
      deepEqual(await one.bus.claim(claim, claim), claim);
      const next = one.claimOf("key", "next");
      deepEqual(await one.bus.claim(next, claim), next);
      deepEqual(one.taken, []);
    },
  },
  {
    name: "exactly the claim that is named is released",
    async run(makeBus) {
      const [one, other] = [await open(makeBus), await open(makeBus)];
      const first = one.claimOf("key", "first");
      await one.bus.claim(first);
      await other.bus.release({ ...first, id: "another" });
      const second = other.claimOf("key", "second");
      deepEqual(await other.bus.claim(second), first);
      await one.bus.release(first);
      await one.bus.release(first);
      deepEqual(await other.bus.claim(second), second);
    },
  },
  {
    name: "a connected node is alive, one that never was is not",
    async run(makeBus) {
      const [one, other] = [await open(makeBus), await open(makeBus)];
      equal(await one.bus.isAlive(other.bus.node), true);
      equal(await one.bus.isAlive(one.bus.node), true);
      equal(await one.bus.isAlive("a node that does not exist"), false);
    },
  },
  {
    name: "the nodes that may own topics are listed while they are alive",
    async run(makeBus) {
      const gateway = await open(makeBus, { ownsTopics: false });
      deepEqual(await gateway.bus.owners(), []);
      const [one, other] = [await open(makeBus), await open(makeBus)];
      const expected = [one.bus.node, other.bus.node].sort();
      for (const { bus } of [gateway, one, other]) deepEqual([...(await bus.owners())].sort(), expected);
    },
  },
  {
    name: "the settings of the nodes that have published them are listed while they are alive, as published last",
    async run(makeBus) {
      const [one, other, silent] = [
        await open(makeBus, { ownsTopics: false }),
        await open(makeBus),
        await open(makeBus),
      ];
      const listed = async (by: RecordingBus, settings: string) =>
        (await by.bus.nodes(settings)).map((each) => `${each.node} ${each.settings}`).sort();
      const first = `${one.bus.node} {"name": "one"}`;
      deepEqual(await listed(one, '{"name": "one"}'), [first]);
      deepEqual(await listed(other, "é"), [first, `${other.bus.node} é`].sort());
      deepEqual(await listed(one, ""), [`${one.bus.node} `, `${other.bus.node} é`].sort());
      await one.bus.close();
      deepEqual(await listed(other, "other"), [`${other.bus.node} other`]);
      equal(await silent.bus.isAlive(other.bus.node), true);
    },
  },
  {
    name: "a closed bus is down, its questions are rejected, and its node is not alive",
    async run(makeBus) {
      const [one, other] = [await open(makeBus), await open(makeBus)];
      await one.bus.close();
      equal(one.bus.isUp, false);
      const outcome = await one.bus.claim(one.claimOf("key", "first")).then(
        () => "answered",
        () => "rejected",
      );
      equal(outcome, "rejected");
      other.send(one, "too late");
      const mine = other.claimOf("key", "second");
      deepEqual(await other.bus.claim(mine), mine);
      deepEqual(one.messages, []);
      equal(await other.bus.isAlive(one.bus.node), false);
      deepEqual(await other.bus.owners(), [other.bus.node]);
    },
  },
];
