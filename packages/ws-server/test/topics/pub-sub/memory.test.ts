import { describe, expect, test } from "vitest";
import { type Membership, MemoryPubSub, type PubSub, Retention } from "../../../src/index.js";
import { ManualClock, pubSubChecks, RecordingLogger } from "../../../src/testing/index.js";

const make = () => new MemoryPubSub({ clock: new ManualClock(), logger: new RecordingLogger() });

describe("MemoryPubSub", () => {
  test.each(pubSubChecks)("$name", ({ run }) => {
    const pubSub = make();
    return run(() => pubSub);
  });
});

describe("each check fails for an implementation that violates it", () => {
  type Join = PubSub["join"];

  /** Makes a `MemoryPubSub` with a changed `join`. */
  const faulty = (change: (join: Join) => Join) => () => {
    const sound = make();
    return { join: change(sound.join.bind(sound)) };
  };
  /** Makes a `MemoryPubSub` whose members get changed memberships. */
  const withMembership = (change: (membership: Membership) => Partial<Membership>) =>
    faulty((join) => async (topic, member) => {
      const membership = await join(topic, member);
      return { ...membership, ...change(membership) };
    });
  const faults: readonly [string, () => PubSub][] = [
    ["the first member of a topic owns it", withMembership(() => ({ role: "owner" }))],
    [
      "every member, the publisher included",
      faulty((join) => (topic, member) => {
        const onPublication: typeof member.onPublication = (publication) => {
          member.onPublication(publication);
          member.onPublication(publication);
        };
        return join(topic, { ...wrap(member), onPublication });
      }),
    ],
    [
      "a member that joins later has",
      faulty((join) => async (topic, member) => {
        const membership = await join(topic, member);
        return { ...membership, history: new Retention(topic.rule, new ManualClock()) };
      }),
    ],
    [
      "the history contains a publication before",
      faulty((join) => async (topic, member) => {
        const membership = await join(topic, { ...wrap(member), onPublication() {} });
        return {
          ...membership,
          publish(publication) {
            member.onPublication(publication);
            membership.publish(publication);
          },
        };
      }),
    ],
    [
      "the history is retained by the run's rule",
      faulty((join) => (topic, member) => join({ ...topic, rule: { ...topic.rule, keep: {} } }, member)),
    ],
    ["a member that has left receives nothing", withMembership(() => ({ leave() {} }))],
    ["topics share nothing", faulty((join) => (topic, member) => join({ ...topic, topic: "one" }, member))],
    ["a new run of a topic begins", withMembership(({ leave }) => ({ end: leave }))],
    [
      "a member that throws affects neither",
      withMembership((membership) => ({
        publish(publication) {
          membership.publish(publication);
          throw new Error("broken member");
        },
      })),
    ],
    [
      "a member waits until the owner has started",
      faulty((join) => async (topic, member) => {
        const membership = await join(topic, member);
        membership.open();
        return membership;
      }),
    ],
    [
      "a start that fails is reported",
      faulty((join) => async (topic, member) => {
        try {
          return await join(topic, member);
        } catch {
          throw new Error("The source could not start");
        }
      }),
    ],
    ["a run that its owner ends", withMembership(() => ({ end() {} }))],
    [
      "a pending join is abandoned",
      faulty((join) => (topic, member) => join(topic, { ...wrap(member), signal: new AbortController().signal })),
    ],
  ];

  // A check that waits for something that never happens fails too.
  const failsOrHangs = (run: Promise<void> | undefined) =>
    Promise.race([
      (run ?? Promise.resolve()).then(
        () => "passed",
        () => "failed",
      ),
      new Promise((resolve) => {
        let turns = 0;
        const next = () => (++turns > 20_000 ? resolve("hangs") : setImmediate(next));
        next();
      }),
    ]);

  test.each(faults)("%s …", async (name, makeFaulty) => {
    const check = pubSubChecks.find((candidate) => candidate.name.startsWith(name));
    expect(check).toBeDefined();
    const pubSub = makeFaulty();
    expect(await failsOrHangs(check?.run(() => pubSub))).not.toBe("passed");
  });

  test("every check has a faulty implementation", () => {
    expect(faults).toHaveLength(pubSubChecks.length);
  });
});

/** Returns a member that passes everything on, for a fault to replace a part of it. */
function wrap(member: Parameters<PubSub["join"]>[1]): Parameters<PubSub["join"]>[1] {
  return {
    signal: member.signal,
    onPublication: (publication) => member.onPublication(publication),
    onEnded: (reason) => member.onEnded(reason),
    onFollowers: (count) => member.onFollowers(count),
  };
}
