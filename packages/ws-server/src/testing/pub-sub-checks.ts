import { deepEqual, equal, ok } from "node:assert/strict";
import { Frame } from "../topics/frame.js";
import type { PubSub, RunDescriptor } from "../topics/pub-sub/pub-sub.js";
import type { Publication } from "../topics/publication.js";

/** A check of one guarantee of {@link PubSub}. */
export interface PubSubCheck {
  readonly name: string;
  /**
   * @param make returns a new instance, or a further node if nodes share an external service
   * @throws AssertionError if the guarantee does not hold
   */
  run(make: () => PubSub | Promise<PubSub>): Promise<void>;
}

const LOG: RunDescriptor = {
  topic: "log:{}",
  epoch: "epoch-1",
  rule: { key: undefined, keep: { count: 3 }, snapshot: "none" },
};
const KEYED: RunDescriptor = { topic: "keyed:{}", epoch: "epoch-1", rule: { key: "id", keep: {}, snapshot: "all" } };

function publication(offset: number, key?: string): Publication {
  return { offset, key, isFinished: false, frame: new Frame(`update ${offset}`) };
}

/** Waits for a condition, for implementations that carry publications over a network. */
async function eventually(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !holds(); turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Joins a run, and records the received publications. */
async function member(pubSub: PubSub, run: RunDescriptor) {
  const received: string[] = [];
  const membership = await pubSub.join(run, ({ frame }) => received.push(frame.text));
  const unread = (cursor = 0) => Array.from(membership.history.unread(cursor), ({ frame }) => frame.text);
  return { received, unread, ...membership, history: membership.history };
}

/** The checks that every implementation of {@link PubSub} must pass. Run each in a separate test. */
export const pubSubChecks: readonly PubSubCheck[] = [
  {
    name: "every member, the publisher included, gets each publication once, in order",
    async run(make) {
      const pubSub = await make();
      const members = [await member(pubSub, LOG), await member(pubSub, LOG), await member(pubSub, LOG)];
      for (const offset of [1, 2, 3]) members[0]?.publish(publication(offset));
      await eventually(() => members.every(({ received }) => received.length === 3));
      for (const { received } of members) deepEqual(received, ["update 1", "update 2", "update 3"]);
    },
  },
  {
    name: "a member that joins later has earlier publications in its history, and receives later ones",
    async run(make) {
      const pubSub = await make();
      const first = await member(pubSub, LOG);
      first.publish(publication(1));
      await eventually(() => first.received.length === 1);
      const late = await member(pubSub, LOG);
      equal(late.history.offset, 1);
      deepEqual(late.unread(), ["update 1"]);
      deepEqual(late.received, []);
      first.publish(publication(2));
      await eventually(() => late.received.length === 1);
      deepEqual(late.received, ["update 2"]);
      deepEqual(late.unread(), ["update 1", "update 2"]);
    },
  },
  {
    name: "the history contains a publication before a member receives it",
    async run(make) {
      const pubSub = await make();
      const offsets: number[] = [];
      const membership = await pubSub.join(LOG, () => offsets.push(membership.history.offset));
      for (const offset of [1, 2]) membership.publish(publication(offset));
      await eventually(() => offsets.length === 2);
      deepEqual(offsets, [1, 2]);
    },
  },
  {
    name: "the history is retained by the run's rule",
    async run(make) {
      const pubSub = await make();
      const log = await member(pubSub, LOG);
      for (const offset of [1, 2, 3, 4, 5]) log.publish(publication(offset));
      await eventually(() => log.received.length === 5);
      deepEqual(log.unread(), ["update 3", "update 4", "update 5"]);
      equal(log.history.floor, 2);
      const keyed = await member(pubSub, KEYED);
      for (const [offset, key] of [
        [1, "a"],
        [2, "b"],
        [3, "a"],
      ] as const)
        keyed.publish(publication(offset, key));
      await eventually(() => keyed.received.length === 3);
      deepEqual(keyed.unread(), ["update 2", "update 3"]);
      equal(keyed.history.floor, 0);
    },
  },
  {
    name: "a member that has left receives nothing, and publishes nothing",
    async run(make) {
      const pubSub = await make();
      const [stays, leaves] = [await member(pubSub, LOG), await member(pubSub, LOG)];
      leaves.leave();
      leaves.leave();
      leaves.publish(publication(7));
      stays.publish(publication(1));
      await eventually(() => stays.received.length > 0);
      deepEqual(stays.received, ["update 1"]);
      deepEqual(leaves.received, []);
    },
  },
  {
    name: "runs share nothing, not even two of one topic",
    async run(make) {
      const pubSub = await make();
      const [one, otherEpoch, otherTopic] = [
        await member(pubSub, LOG),
        await member(pubSub, { ...LOG, epoch: "epoch-2" }),
        await member(pubSub, { ...LOG, topic: "log:{other}" }),
      ];
      one.publish(publication(1));
      await eventually(() => one.received.length === 1);
      for (const { received, history } of [otherEpoch, otherTopic]) {
        deepEqual(received, []);
        equal(history.offset, 0);
      }
    },
  },
  {
    name: "a run's history is deleted with its last member",
    async run(make) {
      const pubSub = await make();
      const first = await member(pubSub, LOG);
      first.publish(publication(1));
      await eventually(() => first.received.length === 1);
      first.leave();
      const next = await member(pubSub, LOG);
      equal(next.history.offset, 0);
      deepEqual(next.unread(), []);
      // A late, repeated leave does not affect members that have joined since.
      first.leave();
      next.publish(publication(1));
      await eventually(() => next.received.length === 1);
      deepEqual(next.received, ["update 1"]);
    },
  },
  {
    name: "a member that throws affects neither the publisher nor the other members",
    async run(make) {
      const pubSub = await make();
      const faulty = await pubSub.join(LOG, () => {
        throw new Error("broken member");
      });
      const sound = await member(pubSub, LOG);
      for (const offset of [1, 2]) faulty.publish(publication(offset));
      await eventually(() => sound.received.length === 2);
      deepEqual(sound.received, ["update 1", "update 2"]);
      ok(faulty.history.offset === 2);
    },
  },
];
