import { describe, expect, test } from "vitest";
import { MemoryPubSub, type PubSub, Retention } from "../../../src/index.js";
import { ManualClock, pubSubChecks, RecordingLogger } from "../../../src/testing/index.js";

const make = () => new MemoryPubSub({ clock: new ManualClock(), logger: new RecordingLogger() });

describe("PubSub in memory", () => {
  test.each(pubSubChecks)("$name", ({ run }) => run(make));
});

describe("each check finds an implementation that does not do it", () => {
  type Join = PubSub["join"];

  /** The one in memory, with one thing done otherwise. */
  const faulty = (change: (join: Join) => Join) => () => {
    const sound = make();
    return { join: change(sound.join.bind(sound)) };
  };
  const faults: readonly [string, () => PubSub][] = [
    [
      "every member, the publisher included",
      faulty((join) => (run, told) => {
        const twice: typeof told = (publication) => {
          told(publication);
          told(publication);
        };
        return join(run, twice);
      }),
    ],
    [
      "a member that joins later has",
      faulty((join) => (run, told) => {
        const membership = join(run, told) as Exclude<ReturnType<Join>, Promise<unknown>>;
        return { ...membership, history: new Retention(run.rule, new ManualClock()) };
      }),
    ],
    [
      "the history contains a publication before",
      faulty((join) => (run, told) => {
        const membership = join(run, () => {}) as Exclude<ReturnType<Join>, Promise<unknown>>;
        return {
          ...membership,
          publish(publication) {
            told(publication);
            membership.publish(publication);
          },
        };
      }),
    ],
    [
      "the history is retained by the run's rule",
      faulty((join) => (run, told) => join({ ...run, rule: { ...run.rule, keep: {} } }, told)),
    ],
    [
      "a member that has left receives nothing",
      faulty((join) => async (run, told) => ({ ...(await join(run, told)), leave() {} })),
    ],
    ["runs share nothing", faulty((join) => (run, told) => join({ ...run, epoch: "one" }, told))],
    [
      "a run's history is deleted with its last member",
      faulty((join) => (run, told) => {
        // Somebody who never leaves.
        join(run, () => {});
        return join(run, told);
      }),
    ],
    [
      "a member that throws affects neither",
      faulty((join) => (run, told) => {
        const membership = join(run, () => {}) as Exclude<ReturnType<Join>, Promise<unknown>>;
        return {
          ...membership,
          publish(publication) {
            membership.publish(publication);
            told(publication);
          },
        };
      }),
    ],
  ];

  test.each(faults)("%s …", async (name, makeFaulty) => {
    const check = pubSubChecks.find((candidate) => candidate.name.startsWith(name));
    await expect(check?.run(makeFaulty)).rejects.toThrow();
  });

  test("all of them are tried", () => {
    expect(faults).toHaveLength(pubSubChecks.length);
  });
});
