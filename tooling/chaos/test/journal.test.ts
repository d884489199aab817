import { expect, test } from "vitest";
import { Journal } from "../src/index.js";

/** A journal with a listener, and a run of its log that has published 1 to `count`. */
function logOf(count: number) {
  const journal = new Journal();
  const listener = journal.listener("log", "log");
  const publish = (epoch: string, from: number, to: number) => {
    const run = journal.run("log", epoch);
    for (let offset = from; offset <= to; offset++) run.published({ id: `${epoch}${offset}`, offset, key: "" });
  };
  const tell = (epoch: string, ...offsets: number[]) => {
    for (const offset of offsets) listener.update({ id: `${epoch}${offset}`, offset });
  };
  listener.status("subscribed");
  publish("a", 1, count);
  return { journal, listener, publish, tell };
}

test("a log that is told whole, across a break, has nothing wrong, and every count", () => {
  const { journal, listener, tell } = logOf(5);
  tell("a", 1, 2);
  listener.status("waiting");
  listener.status("subscribed");
  tell("a", 3, 4, 5);
  const verdict = journal.check();
  expect(verdict.log).toEqual({ due: 5, covered: 0, lost: 0, told: 5, duplicated: 0, reordered: 0, unasked: 0 });
  expect([verdict.silentGaps, verdict.unknown, verdict.violations]).toEqual([0, 0, []]);
  expect(verdict.summary).toContain("log: 5 updates due, 5 told, 0 in announced gaps, 0 lost");
});

test.each([
  ["in the middle", [1, 2, 4, 5], 1],
  ["at the start", [3, 4, 5], 2],
  ["at the end", [1, 2, 3], 2],
  ["all of it", [], 5],
])("a log that loses %s is lost", (_, offsets, lost) => {
  const { journal, tell } = logOf(5);
  tell("a", ...offsets);
  const verdict = journal.check();
  expect([verdict.log.lost, verdict.silentGaps, verdict.violations.length]).toEqual([lost, lost, lost]);
  expect(verdict.violations[0]).toMatch(
    /^listener 1 of log: update a\d \(\d of a\) was never told, and lies in no gap$/,
  );
});

test("an update of a log that is told twice is a duplicate, also where it was between others", () => {
  const { journal, tell } = logOf(3);
  tell("a", 1, 2, 2, 3, 1);
  expect(journal.check().log).toMatchObject({ due: 3, told: 5, duplicated: 2, reordered: 0, lost: 0 });
});

test("an update of a log that comes after a later one is reordered, not lost", () => {
  const { journal, tell } = logOf(4);
  tell("a", 1, 3, 2, 4);
  const verdict = journal.check();
  expect(verdict.log).toMatchObject({ duplicated: 0, reordered: 1, lost: 0 });
  expect(verdict.violations).toEqual(["listener 1 of log: update a2 (2 of a) was told after update a3 (3 of a)"]);
});

test("what lies in a gap that is told in its place is covered", () => {
  const { journal, listener, tell } = logOf(5);
  tell("a", 1);
  listener.gap({ snapshot: false, before: { epoch: "a", offset: 1 }, after: { epoch: "a", offset: 4 } });
  tell("a", 5);
  expect(journal.check()).toMatchObject({ gaps: 1, silentGaps: 0, needless: 0, log: { due: 5, covered: 3, lost: 0 } });
});

test("a gap covers what it names, and no more", () => {
  const { journal, listener, tell } = logOf(6);
  tell("a", 1);
  listener.gap({ snapshot: false, before: { epoch: "a", offset: 2 }, after: { epoch: "a", offset: 4 } });
  tell("a", 6);
  const { log } = journal.check();
  // The second and the fifth lie outside of it.
  expect(log).toMatchObject({ covered: 2, lost: 2 });
});

test("a gap covers nothing from another place in what was told", () => {
  const { journal, listener, tell } = logOf(4);
  listener.gap({ snapshot: false });
  tell("a", 1, 3, 4);
  listener.gap({ snapshot: false });
  expect(journal.check()).toMatchObject({ gaps: 2, log: { covered: 0, lost: 1 } });
});

test("a gap covers nothing that is published after it was told", () => {
  const { journal, listener, tell, publish } = logOf(1);
  tell("a", 1);
  listener.gap({ snapshot: false });
  publish("a", 2, 2);
  expect(journal.check().log).toMatchObject({ covered: 0, lost: 1 });
});

test("a gap into another run covers the rest of the old one, and of the new one what is before where it goes on", () => {
  const { journal, listener, tell, publish } = logOf(3);
  tell("a", 1);
  publish("b", 1, 4);
  listener.gap({ snapshot: false, before: { epoch: "a", offset: 1 }, after: { epoch: "b", offset: 2 } });
  tell("b", 4);
  // The third of the new run is lost.
  expect(journal.check().log).toMatchObject({ due: 7, covered: 4, lost: 1 });
});

test("a gap without positions covers whatever is missing in its place", () => {
  const { journal, listener, tell } = logOf(5);
  tell("a", 1);
  listener.gap({ snapshot: false });
  tell("a", 5);
  expect(journal.check()).toMatchObject({ needless: 0, log: { covered: 3, lost: 0 } });
});

test("a gap within a run in which nothing lies is needless", () => {
  const { journal, listener, tell } = logOf(2);
  tell("a", 1, 2);
  listener.gap({ snapshot: false, before: { epoch: "a", offset: 2 }, after: { epoch: "a", offset: 2 } });
  const verdict = journal.check();
  expect(verdict).toMatchObject({ gaps: 1, needless: 1, silentGaps: 0 });
  expect(verdict.violations).toEqual(["listener 1 of log: a gap from 2 to 2 of a was needless"]);
});

test.each([
  [3, 1],
  [2, 0],
])(
  "of a server that keeps the last %i, a gap in which three were missed counts as needless %i times",
  (kept, needless) => {
    const journal = new Journal();
    const listener = journal.listener("log", "log", { keptUpdates: kept });
    listener.status("subscribed");
    const run = journal.run("log", "a");
    const publish = (offset: number) => run.published({ id: `a${offset}`, offset, key: "" });
    const gap = () =>
      listener.gap({ snapshot: false, before: { epoch: "a", offset: 1 }, after: { epoch: "a", offset: 4 } });
    for (const offset of [1, 2, 3, 4]) publish(offset);
    listener.update({ id: "a1", offset: 1 });
    gap();
    // What comes later, the server had not to keep then.
    publish(5);
    listener.update({ id: "a5", offset: 5 });
    expect(journal.check()).toMatchObject({ needless, log: { covered: 3, lost: 0 } });
  },
);

test("an update of a log that is told before the subscription, or after its loss, is unasked", () => {
  const journal = new Journal();
  const run = journal.run("log", "a");
  const listener = journal.listener("log", "log");
  for (const [index, status] of (["waiting", "subscribed", "waiting", "subscribed"] as const).entries()) {
    listener.status(status);
    run.published({ id: `a${index}`, offset: index, key: "" });
    listener.update({ id: `a${index}`, offset: index });
  }
  const verdict = journal.check();
  expect(verdict.log).toMatchObject({ told: 4, unasked: 2, lost: 0 });
  expect(verdict.violations[0]).toBe("listener 1 of log: a0 was told while nothing was subscribed");
});

test("nothing is due before the listener is told that it is subscribed; a failure that passes changes nothing", () => {
  const journal = new Journal();
  const listener = journal.listener("log", "log");
  const run = journal.run("log", "a");
  run.published({ id: "a1", offset: 1, key: "" });
  listener.status("subscribed");
  run.published({ id: "a2", offset: 2, key: "" });
  listener.status("failed");
  run.published({ id: "a3", offset: 3, key: "" });
  listener.status("subscribed");
  expect(journal.check().log).toMatchObject({ due: 2, lost: 2 });
});

test.each(["stopped", "failed"] as const)(
  "to a listener that has %s, what was under way is not due; what lies before is",
  (how) => {
    const { journal, listener, tell } = logOf(5);
    tell("a", 1, 3);
    if (how === "stopped") listener.stopped();
    else listener.status("failed");
    expect(journal.check().log).toMatchObject({ due: 3, told: 2, lost: 1 });
  },
);

test("what nobody has published, or not so, is unknown; so is what comes after the stop", () => {
  const { journal, listener } = logOf(2);
  listener.update({ id: "a1", offset: 1 });
  listener.update({ id: "other", offset: 2 });
  listener.update({ id: "a2", offset: 7 });
  listener.stopped();
  listener.update({ id: "a2", offset: 2 });
  const verdict = journal.check();
  expect(verdict.unknown).toBe(3);
  expect(verdict.violations).toEqual([
    "listener 1 of log: update was told after it had stopped",
    "listener 1 of log: update other was told as 2: nobody has published it",
    "listener 1 of log: update a2 was told as 7: it was published as 2",
  ]);
});

test("every listener is judged by itself", () => {
  const { journal, tell } = logOf(0);
  const other = journal.listener("log", "log");
  other.status("subscribed");
  journal.run("log", "a").published({ id: "a1", offset: 1, key: "" });
  tell("a", 1);
  const verdict = journal.check();
  expect(verdict.log).toMatchObject({ due: 2, told: 1, lost: 1 });
  expect(verdict.violations[0]).toContain("listener 2 of log");
});

/** A journal of a keyed topic, whose first run has published x = a1, y = a2, x = a3. */
function keyedState() {
  const journal = new Journal();
  const listener = journal.listener("state", "keyed");
  const publish = (epoch: string, ...keys: string[]) => {
    const run = journal.run("state", epoch);
    for (const [index, key] of keys.entries()) run.published({ id: `${epoch}${index + 1}`, offset: index + 1, key });
  };
  const tell = (epoch: string, ...offsets: number[]) => {
    for (const offset of offsets) listener.update({ id: `${epoch}${offset}`, offset });
  };
  publish("a", "x", "y", "x");
  listener.status("subscribed");
  return { journal, listener, publish, tell };
}

test("a keyed topic may skip what was superseded", () => {
  const { journal, tell } = keyedState();
  tell("a", 2, 3);
  const verdict = journal.check();
  expect(verdict.keyed).toEqual({ told: 2, descending: 0, unannounced: 0, keys: 2, wrong: 0 });
  expect([verdict.silentGaps, verdict.violations]).toEqual([0, []]);
});

test.each([
  ["a key that never came", [3], "of y the listener has nothing, the server a2"],
  ["a key with an old value", [1, 2], "of x the listener has a1, the server a3"],
])("a keyed topic with %s is wrong", (_, offsets, said) => {
  const { journal, tell } = keyedState();
  tell("a", ...offsets);
  const verdict = journal.check();
  expect([verdict.keyed.wrong, verdict.silentGaps]).toEqual([1, 1]);
  expect(verdict.violations).toEqual([`listener 1 of state: ${said}`]);
});

test.each([
  ["a value that was overtaken", [3, 2], 1],
  ["a value told twice", [2, 3, 3], 1],
])("a keyed topic with %s does not ascend", (_, offsets, descending) => {
  const { journal, tell } = keyedState();
  tell("a", ...offsets);
  expect(journal.check().keyed).toMatchObject({ descending, wrong: 0 });
});

test("a gap with a snapshot clears what is known, and the same run may begin anew", () => {
  const { journal, listener, tell } = keyedState();
  tell("a", 2, 3);
  listener.gap({ snapshot: true, before: { epoch: "a", offset: 3 }, after: { epoch: "a", offset: 0 } });
  tell("a", 2, 3);
  // Nothing can have been missed of it, though.
  expect(journal.check()).toMatchObject({ gaps: 1, needless: 1, silentGaps: 0, keyed: { descending: 0, wrong: 0 } });
});

test("a gap with a snapshot that never comes leaves the state wrong", () => {
  const { journal, listener, tell } = keyedState();
  tell("a", 2, 3);
  listener.gap({ snapshot: true });
  expect(journal.check().keyed.wrong).toBe(2);
});

test("another run without a gap is silent, and so is a key that is left of the old one", () => {
  const { journal, tell, publish } = keyedState();
  tell("a", 2, 3);
  publish("b", "y");
  tell("b", 1);
  const verdict = journal.check();
  expect(verdict.keyed).toMatchObject({ unannounced: 1, keys: 1, wrong: 1 });
  expect(verdict.silentGaps).toBe(2);
  expect(verdict.violations).toEqual([
    "listener 1 of state: b came after a, and no gap between them",
    "listener 1 of state: of x the listener has a3, the server nothing",
  ]);
});

test("another run that has published nothing yet is an empty state", () => {
  const { journal, listener, tell, publish } = keyedState();
  tell("a", 2, 3);
  publish("b");
  expect(journal.check().keyed.wrong).toBe(2);
  listener.gap({ snapshot: true });
  expect(journal.check().keyed).toMatchObject({ keys: 0, wrong: 0 });
});

test("the state of who has stopped, has failed, or was never subscribed is nobody's business", () => {
  const { journal, listener } = keyedState();
  listener.stopped();
  journal.listener("state", "keyed").status("waiting");
  const failed = journal.listener("state", "keyed");
  failed.status("subscribed");
  failed.status("failed");
  expect(journal.check()).toMatchObject({ silentGaps: 0, violations: [] });
});
