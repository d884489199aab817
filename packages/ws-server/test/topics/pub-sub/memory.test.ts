import { describe, expect, test } from "vitest";
import { MemoryPubSub, type PubSub, Retention } from "../../../src/index.js";
import { ManualClock, pubSubChecks, RecordingLogger } from "../../../src/testing/index.js";

const make = () => new MemoryPubSub({ clock: new ManualClock(), logger: new RecordingLogger() });

describe("MemoryPubSub", () => {
  test.each(pubSubChecks)("$name", ({ run }) => run(make));
});

describe("each check fails for an implementation that violates it", () => {
  type Join = PubSub["join"];

  /** Makes a `MemoryPubSub` with a changed `join`. */
  const faulty = (change: (join: Join) => Join) => () => {
    const sound = make();
    return { join: change(sound.join.bind(sound)) };
  };
  const faults: readonly [string, () => PubSub][] = [
    [
      "every member, the publisher included",
      faulty((join) => (run, deliver) => {
        const twice: typeof deliver = (publication) => {
          deliver(publication);
          deliver(publication);
        };
        return join(run, twice);
      }),
    ],
    [
      "a member that joins later has",
      faulty((join) => (run, deliver) => {
        const membership = join(run, deliver) as Exclude<ReturnType<Join>, Promise<unknown>>;
        return { ...membership, history: new Retention(run.rule, new ManualClock()) };
      }),
    ],
    [
      "the history contains a publication before",
      faulty((join) => (run, deliver) => {
        const membership = join(run, () => {}) as Exclude<ReturnType<Join>, Promise<unknown>>;
        return {
          ...membership,
          publish(publication) {
            deliver(publication);
            membership.publish(publication);
          },
        };
      }),
    ],
    [
      "the history is retained by the run's rule",
      faulty((join) => (run, deliver) => join({ ...run, rule: { ...run.rule, keep: {} } }, deliver)),
    ],
    [
      "a member that has left receives nothing",
      faulty((join) => async (run, deliver) => ({ ...(await join(run, deliver)), leave() {} })),
    ],
    ["runs share nothing", faulty((join) => (run, deliver) => join({ ...run, epoch: "one" }, deliver))],
    [
      "a run's history is deleted with its last member",
      faulty((join) => (run, deliver) => {
        // This member never leaves, so the run always has one.
        join(run, () => {});
        return join(run, deliver);
      }),
    ],
    [
      "a member that throws affects neither",
      faulty((join) => (run, deliver) => {
        const membership = join(run, () => {}) as Exclude<ReturnType<Join>, Promise<unknown>>;
        return {
          ...membership,
          publish(publication) {
            membership.publish(publication);
            deliver(publication);
          },
        };
      }),
    ],
  ];

  test.each(faults)("%s …", async (name, makeFaulty) => {
    const check = pubSubChecks.find((candidate) => candidate.name.startsWith(name));
    await expect(check?.run(makeFaulty)).rejects.toThrow();
  });

  test("every check has a faulty implementation", () => {
    expect(faults).toHaveLength(pubSubChecks.length);
  });
});
