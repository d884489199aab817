import { deepEqual, equal, ok } from "node:assert/strict";
import { Frame } from "../topics/frame.js";
import type { PubSub, RunDescriptor } from "../topics/pub-sub/pub-sub.js";
import type { Publication } from "../topics/retention.js";

/** One guarantee of {@link PubSub}, and how to see that an implementation gives it. */
export interface PubSubCheck {
  readonly name: string;
  /**
   * @param make gives a fresh implementation, or one more node of the same where nodes share something outside
   * @throws AssertionError saying what was otherwise
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

/** Waits until something is so, for implementations that carry publications over a network. */
async function eventually(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !holds(); turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Joins, and keeps what the member is told. */
async function member(pubSub: PubSub, run: RunDescriptor) {
  const told: string[] = [];
  const membership = await pubSub.join(run, ({ frame }) => told.push(frame.text));
  const unread = (cursor = 0) => Array.from(membership.history.unread(cursor), ({ frame }) => frame.text);
  return { told, unread, ...membership, history: membership.history };
}

/** What every implementation of the seam is held to. Run each in a test of its own. */
export const pubSubChecks: readonly PubSubCheck[] = [
  {
    name: "every member, the publisher included, gets each publication once, in order",
    async run(make) {
      const pubSub = await make();
      const members = [await member(pubSub, LOG), await member(pubSub, LOG), await member(pubSub, LOG)];
      for (const offset of [1, 2, 3]) members[0]?.publish(publication(offset));
      await eventually(() => members.every(({ told }) => told.length === 3));
      for (const { told } of members) deepEqual(told, ["update 1", "update 2", "update 3"]);
    },
  },
  {
    name: "a member that joins later has what came before in its history, and is told what comes after",
    async run(make) {
      const pubSub = await make();
      const first = await member(pubSub, LOG);
      first.publish(publication(1));
      await eventually(() => first.told.length === 1);
      const late = await member(pubSub, LOG);
      equal(late.history.offset, 1);
      deepEqual(late.unread(), ["update 1"]);
      deepEqual(late.told, []);
      first.publish(publication(2));
      await eventually(() => late.told.length === 1);
      deepEqual(late.told, ["update 2"]);
      deepEqual(late.unread(), ["update 1", "update 2"]);
    },
  },
  {
    name: "the history has a publication by the time a member is told of it",
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
    name: "the history keeps by the run's rule",
    async run(make) {
      const pubSub = await make();
      const log = await member(pubSub, LOG);
      for (const offset of [1, 2, 3, 4, 5]) log.publish(publication(offset));
      await eventually(() => log.told.length === 5);
      deepEqual(log.unread(), ["update 3", "update 4", "update 5"]);
      equal(log.history.floor, 2);
      const keyed = await member(pubSub, KEYED);
      for (const [offset, key] of [
        [1, "a"],
        [2, "b"],
        [3, "a"],
      ] as const)
        keyed.publish(publication(offset, key));
      await eventually(() => keyed.told.length === 3);
      deepEqual(keyed.unread(), ["update 2", "update 3"]);
      equal(keyed.history.floor, 0);
    },
  },
  {
    name: "a member that has left is told nothing, and publishes nothing",
    async run(make) {
      const pubSub = await make();
      const [stays, leaves] = [await member(pubSub, LOG), await member(pubSub, LOG)];
      leaves.leave();
      leaves.leave();
      leaves.publish(publication(7));
      stays.publish(publication(1));
      await eventually(() => stays.told.length > 0);
      deepEqual(stays.told, ["update 1"]);
      deepEqual(leaves.told, []);
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
      await eventually(() => one.told.length === 1);
      for (const { told, history } of [otherEpoch, otherTopic]) {
        deepEqual(told, []);
        equal(history.offset, 0);
      }
    },
  },
  {
    name: "a run that its last member has left is forgotten",
    async run(make) {
      const pubSub = await make();
      const first = await member(pubSub, LOG);
      first.publish(publication(1));
      await eventually(() => first.told.length === 1);
      first.leave();
      const next = await member(pubSub, LOG);
      equal(next.history.offset, 0);
      deepEqual(next.unread(), []);
      // Leaving late again does not end what others have joined since.
      first.leave();
      next.publish(publication(1));
      await eventually(() => next.told.length === 1);
      deepEqual(next.told, ["update 1"]);
    },
  },
  {
    name: "a member that throws harms neither the publisher nor the others",
    async run(make) {
      const pubSub = await make();
      const faulty = await pubSub.join(LOG, () => {
        throw new Error("a member's fault");
      });
      const sound = await member(pubSub, LOG);
      for (const offset of [1, 2]) faulty.publish(publication(offset));
      await eventually(() => sound.told.length === 2);
      deepEqual(sound.told, ["update 1", "update 2"]);
      ok(faulty.history.offset === 2);
    },
  },
];
