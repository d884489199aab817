import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict";
import { SourceError } from "../errors.js";
import { jsonCodec } from "../topics/codec.js";
import type { Membership, PubSub, TopicDescriptor } from "../topics/pub-sub/pub-sub.js";
import { type Publication, publicationOf } from "../topics/publication.js";

/** A check of one guarantee of {@link PubSub}. */
export interface PubSubCheck {
  readonly name: string;
  /**
   * @param makeNode returns a further node: all nodes of one call of `run` are connected. An implementation for one process
   *   returns the same instance each time
   * @throws AssertionError if the guarantee does not hold
   */
  run(makeNode: () => PubSub | Promise<PubSub>): Promise<void>;
}

const descriptor = (topic: string, rule: TopicDescriptor["rule"]): TopicDescriptor => ({
  topic,
  rule,
  encoder: jsonCodec.updates("test", topic),
});

const LOG = descriptor("log:{}", { key: undefined, keep: { count: 3 }, snapshot: "none" });
const KEYED = descriptor("keyed:{}", { key: "id", keep: {}, snapshot: "all" });

const TIMEOUT_MS = 5_000;

/** Waits for a condition that a network brings about, at most five seconds. */
async function eventually(holds: () => boolean): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  while (!holds() && performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits, before an assertion that something has not happened. */
async function pause(): Promise<void> {
  let turns = 0;
  await eventually(() => ++turns > 50);
}

/** A member of a topic that records what the PubSub notifies it of. */
class RecordingMember {
  readonly received: string[] = [];
  readonly ends: string[] = [];
  readonly followers: number[] = [];
  readonly #controller = new AbortController();
  readonly #topic: TopicDescriptor;
  #membership: Membership | undefined;

  constructor(topic: TopicDescriptor) {
    this.#topic = topic;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get membership(): Membership {
    ok(this.#membership, "the member has not joined");
    return this.#membership;
  }

  get hasJoined(): boolean {
    return this.#membership !== undefined;
  }

  /** Joins a topic, and starts it unless `isOpen` is false. */
  static async join(pubSub: PubSub, topic: TopicDescriptor, { isOpen = true } = {}): Promise<RecordingMember> {
    const member = new RecordingMember(topic);
    await member.join(pubSub);
    if (isOpen && member.membership.role === "owner") member.membership.open();
    return member;
  }

  async join(pubSub: PubSub): Promise<void> {
    this.#membership = await pubSub.join(this.#topic, this);
  }

  abort(): void {
    this.#controller.abort();
  }

  onPublication({ frame }: Publication): void {
    this.received.push(bodyOf(frame.text));
  }

  onEnded({ code, message }: SourceError): void {
    this.ends.push(`${code}: ${message}`);
  }

  onFollowers(count: number): void {
    this.followers.push(count);
  }

  publish(offset: number, key?: string): void {
    const body = this.#topic.encoder.body(`update ${offset}`);
    this.membership.publish(publicationOf(this.#topic.encoder, offset, key, false, body));
  }

  unread(cursor = 0): string[] {
    return Array.from(this.membership.history.unread(cursor), ({ frame }) => bodyOf(frame.text));
  }
}

function bodyOf(text: string): string {
  return JSON.parse(text).payload.payload;
}

const { join } = RecordingMember;

/** The checks that every implementation of {@link PubSub} must pass. Run each in a separate test. */
export const pubSubChecks: readonly PubSubCheck[] = [
  {
    name: "the first member of a topic owns it, and further ones follow in its epoch",
    async run(makeNode) {
      const members = [
        await join(await makeNode(), LOG),
        await join(await makeNode(), LOG),
        await join(await makeNode(), LOG),
      ];
      deepEqual(
        members.map(({ membership }) => membership.role),
        ["owner", "follower", "follower"],
      );
      equal(new Set(members.map(({ membership }) => membership.epoch)).size, 1);
      ok(members[0]?.membership.epoch);
      await eventually(() => members[0]?.followers.at(-1) === 2);
      equal(members[0]?.followers.at(-1), 2);
      members[1]?.membership.leave();
      await eventually(() => members[0]?.followers.at(-1) === 1);
      equal(members[0]?.followers.at(-1), 1);
    },
  },
  {
    name: "every member, the publisher included, gets each publication once, in order",
    async run(makeNode) {
      const members = [await join(await makeNode(), LOG), await join(await makeNode(), LOG)];
      for (const offset of [1, 2, 3]) members[0]?.publish(offset);
      await eventually(() => members.every(({ received }) => received.length === 3));
      for (const { received } of members) deepEqual(received, ["update 1", "update 2", "update 3"]);
    },
  },
  {
    name: "a member that joins later has earlier publications in its history, and receives later ones",
    async run(makeNode) {
      const first = await join(await makeNode(), LOG);
      first.publish(1);
      await eventually(() => first.received.length === 1);
      const late = await join(await makeNode(), LOG);
      equal(late.membership.history.offset, 1);
      deepEqual(late.unread(), ["update 1"]);
      deepEqual(late.received, []);
      first.publish(2);
      await eventually(() => late.received.length === 1);
      deepEqual(late.received, ["update 2"]);
      deepEqual(late.unread(), ["update 1", "update 2"]);
    },
  },
  {
    name: "the history contains a publication before a member receives it",
    async run(makeNode) {
      const owner = await join(await makeNode(), LOG);
      const follower = await join(await makeNode(), LOG);
      const seen: string[] = [];
      for (const member of [owner, follower]) {
        member.onPublication = ({ offset }) => {
          seen.push(`${member.membership.role}: ${offset} of ${member.membership.history.offset}`);
        };
      }
      for (const offset of [1, 2]) owner.publish(offset);
      await eventually(() => seen.length === 4);
      deepEqual(seen.sort(), ["follower: 1 of 1", "follower: 2 of 2", "owner: 1 of 1", "owner: 2 of 2"]);
    },
  },
  {
    name: "the history is retained by the run's rule",
    async run(makeNode) {
      const log = [await join(await makeNode(), LOG), await join(await makeNode(), LOG)];
      for (const offset of [1, 2, 3, 4, 5]) log[0]?.publish(offset);
      await eventually(() => log.every(({ received }) => received.length === 5));
      for (const member of [...log, await join(await makeNode(), LOG)]) {
        deepEqual(member.unread(), ["update 3", "update 4", "update 5"]);
        equal(member.membership.history.floor, 2);
      }
      const keyed = [await join(await makeNode(), KEYED), await join(await makeNode(), KEYED)];
      for (const [index, key] of ["a", "b", "a"].entries()) keyed[0]?.publish(index + 1, key);
      await eventually(() => keyed.every(({ received }) => received.at(-1) === "update 3"));
      for (const member of [...keyed, await join(await makeNode(), KEYED)]) {
        deepEqual(member.unread(), ["update 2", "update 3"]);
        equal(member.membership.history.floor, 0);
        equal(member.membership.history.offset, 3);
      }
    },
  },
  {
    name: "a member that has left receives nothing, and an owner that has left publishes nothing",
    async run(makeNode) {
      const [owner, stays, leaves] = [
        await join(await makeNode(), LOG),
        await join(await makeNode(), LOG),
        await join(await makeNode(), LOG),
      ];
      leaves.membership.leave();
      leaves.membership.leave();
      owner.publish(1);
      await eventually(() => stays.received.length > 0);
      deepEqual(stays.received, ["update 1"]);
      deepEqual(leaves.received, []);
      owner.membership.end(new SourceError("source_ended", "the end", { retryable: true }));
      owner.publish(2);
      owner.membership.leave();
      owner.publish(3);
      await eventually(() => stays.ends.length > 0);
      deepEqual([owner.received, stays.received], [["update 1"], ["update 1"]]);
    },
  },
  {
    name: "topics share nothing",
    async run(makeNode) {
      const one = await join(await makeNode(), LOG);
      const other = await join(await makeNode(), descriptor("log:{other}", LOG.rule));
      equal(other.membership.role, "owner");
      notEqual(other.membership.epoch, one.membership.epoch);
      one.publish(1);
      await eventually(() => one.received.length === 1);
      deepEqual(other.received, []);
      equal(other.membership.history.offset, 0);
    },
  },
  {
    name: "a new run of a topic begins when the owner has left, with another epoch and an empty history",
    async run(makeNode) {
      const first = await join(await makeNode(), LOG);
      first.publish(1);
      await eventually(() => first.received.length === 1);
      first.membership.end(new SourceError("source_ended", "the end", { retryable: true }));
      const next = new RecordingMember(LOG);
      const joined = next.join(await makeNode());
      // The first source stops in the meantime.
      await pause();
      equal(next.hasJoined, false);
      first.membership.leave();
      await joined;
      equal(next.membership.role, "owner");
      notEqual(next.membership.epoch, first.membership.epoch);
      equal(next.membership.history.offset, 0);
      deepEqual(next.unread(), []);
      // A late, repeated leave does not affect members that have joined since.
      first.membership.leave();
      next.membership.open();
      next.publish(1);
      await eventually(() => next.received.length === 1);
      deepEqual(next.received, ["update 1"]);
    },
  },
  {
    name: "a member that throws affects neither the publisher nor the other members",
    async run(makeNode) {
      const owner = await join(await makeNode(), LOG);
      const faulty = await join(await makeNode(), LOG);
      const sound = await join(await makeNode(), LOG);
      for (const member of [owner, faulty]) {
        member.onPublication = () => {
          throw new Error("broken member");
        };
      }
      for (const offset of [1, 2]) owner.publish(offset);
      await eventually(() => sound.received.length === 2 && faulty.membership.history.offset === 2);
      deepEqual(sound.received, ["update 1", "update 2"]);
      for (const { membership } of [owner, faulty]) equal(membership.history.offset, 2);
    },
  },
  {
    name: "a member waits until the owner has started",
    async run(makeNode) {
      const owner = await join(await makeNode(), LOG, { isOpen: false });
      const follower = new RecordingMember(LOG);
      const joined = follower.join(await makeNode());
      await eventually(() => owner.followers.at(-1) === 1);
      equal(owner.followers.at(-1), 1);
      owner.publish(1);
      await pause();
      equal(follower.hasJoined, false);
      owner.membership.open();
      await joined;
      equal(follower.membership.role, "follower");
      deepEqual(follower.unread(), ["update 1"]);
    },
  },
  {
    name: "a start that fails is reported to the members that wait for it",
    async run(makeNode) {
      const owner = await join(await makeNode(), LOG, { isOpen: false });
      const follower = new RecordingMember(LOG);
      const joined = follower.join(await makeNode());
      const refused = rejects(joined, { code: "unknown_symbol", message: 'Unknown symbol "X"', retryable: false });
      await eventually(() => owner.followers.at(-1) === 1);
      owner.membership.end(new SourceError("unknown_symbol", 'Unknown symbol "X"'));
      owner.membership.leave();
      await refused;
    },
  },
  {
    name: "a run that its owner ends, ends for its followers with the same reason",
    async run(makeNode) {
      const owner = await join(await makeNode(), LOG);
      const follower = await join(await makeNode(), LOG);
      owner.publish(1);
      owner.membership.end(new SourceError("feed_lost", "The feed is down", { retryable: true }));
      await eventually(() => follower.ends.length > 0);
      deepEqual(follower.received, ["update 1"]);
      deepEqual(follower.ends, ["feed_lost: The feed is down"]);
      deepEqual(owner.ends, []);
    },
  },
  {
    name: "a pending join is abandoned when the member's signal is aborted",
    async run(makeNode) {
      const owner = await join(await makeNode(), LOG, { isOpen: false });
      const follower = new RecordingMember(LOG);
      const joined = follower.join(await makeNode());
      const abandoned = rejects(joined, SourceError);
      await eventually(() => owner.followers.at(-1) === 1);
      follower.abort();
      await abandoned;
      await eventually(() => owner.followers.at(-1) === 0);
      equal(owner.followers.at(-1), 0);
    },
  },
];
