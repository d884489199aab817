import { expect, test } from "vitest";
import { Journal } from "../src/index.js";

/** Builds a journal with one listener and a run of its log that has published the offsets 1 to `count`. */
function logOf(count: number) {
  const journal = new Journal();
  const listener = journal.listener("log", "log");
  const publish = (epoch: string, from: number, to: number) => {
    const run = journal.run("log", epoch);
    for (let offset = from; offset <= to; offset++) run.published({ id: `${epoch}${offset}`, offset, key: "" });
  };
  const receive = (epoch: string, ...offsets: number[]) => {
    for (const offset of offsets) listener.update({ id: `${epoch}${offset}`, offset });
  };
  listener.status("subscribed");
  publish("a", 1, count);
  return { journal, listener, publish, receive };
}

test("reports no violations for a log that is received completely across a reconnect", () => {
  const { journal, listener, receive } = logOf(5);
  receive("a", 1, 2);
  listener.status("waiting");
  listener.status("subscribed");
  receive("a", 3, 4, 5);
  const verdict = journal.check();
  expect(verdict.log).toEqual({
    due: 5,
    covered: 0,
    lost: 0,
    received: 5,
    duplicated: 0,
    reordered: 0,
    unsubscribed: 0,
  });
  expect([verdict.silentGaps, verdict.unknown, verdict.violations]).toEqual([0, 0, []]);
  expect(verdict.summary).toContain("log: 5 updates due, 5 received, 0 in reported gaps, 0 lost");
});

test.each([
  ["in the middle", [1, 2, 4, 5], 1],
  ["at the start", [3, 4, 5], 2],
  ["at the end", [1, 2, 3], 2],
  ["all of it", [], 5],
])("counts updates of a log that are missing %s as lost", (_, offsets, lost) => {
  const { journal, receive } = logOf(5);
  receive("a", ...offsets);
  const verdict = journal.check();
  expect([verdict.log.lost, verdict.silentGaps, verdict.violations.length]).toEqual([lost, lost, lost]);
  expect(verdict.violations[0]).toMatch(
    /^listener 1 of log: update a\d \(\d of a\) was never received and is in no reported gap$/,
  );
});

test("counts an update of a log that is received twice as duplicated, also when others came between", () => {
  const { journal, receive } = logOf(3);
  receive("a", 1, 2, 2, 3, 1);
  expect(journal.check().log).toMatchObject({ due: 3, received: 5, duplicated: 2, reordered: 0, lost: 0 });
});

test("counts an update of a log that arrives after a later one as reordered, not lost", () => {
  const { journal, receive } = logOf(4);
  receive("a", 1, 3, 2, 4);
  const verdict = journal.check();
  expect(verdict.log).toMatchObject({ duplicated: 0, reordered: 1, lost: 0 });
  expect(verdict.violations).toEqual(["listener 1 of log: update a2 (2 of a) was received after update a3 (3 of a)"]);
});

test("counts missing updates in a gap reported at their position as covered", () => {
  const { journal, listener, receive } = logOf(5);
  receive("a", 1);
  listener.gap({ snapshot: false, before: { epoch: "a", offset: 1 }, after: { epoch: "a", offset: 4 } });
  receive("a", 5);
  expect(journal.check()).toMatchObject({ gaps: 1, silentGaps: 0, needless: 0, log: { due: 5, covered: 3, lost: 0 } });
});

test("a gap covers only the updates between its positions", () => {
  const { journal, listener, receive } = logOf(6);
  receive("a", 1);
  listener.gap({ snapshot: false, before: { epoch: "a", offset: 2 }, after: { epoch: "a", offset: 4 } });
  receive("a", 6);
  const { log } = journal.check();
  // The second and the fifth are outside of the gap.
  expect(log).toMatchObject({ covered: 2, lost: 2 });
});

test("a gap covers no updates of another position in the sequence", () => {
  const { journal, listener, receive } = logOf(4);
  listener.gap({ snapshot: false });
  receive("a", 1, 3, 4);
  listener.gap({ snapshot: false });
  expect(journal.check()).toMatchObject({ gaps: 2, log: { covered: 0, lost: 1 } });
});

test("a gap covers no updates that are published after it was reported", () => {
  const { journal, listener, receive, publish } = logOf(1);
  receive("a", 1);
  listener.gap({ snapshot: false });
  publish("a", 2, 2);
  expect(journal.check().log).toMatchObject({ covered: 0, lost: 1 });
});

test("a gap into a new run covers the rest of the old run and the new run up to its end position", () => {
  const { journal, listener, receive, publish } = logOf(3);
  receive("a", 1);
  publish("b", 1, 4);
  listener.gap({ snapshot: false, before: { epoch: "a", offset: 1 }, after: { epoch: "b", offset: 2 } });
  receive("b", 4);
  // The third of the new run is lost.
  expect(journal.check().log).toMatchObject({ due: 7, covered: 4, lost: 1 });
});

test("a gap without positions covers every missing update at its position", () => {
  const { journal, listener, receive } = logOf(5);
  receive("a", 1);
  listener.gap({ snapshot: false });
  receive("a", 5);
  expect(journal.check()).toMatchObject({ needless: 0, log: { covered: 3, lost: 0 } });
});

test("counts a gap within a run that covers no updates as needless", () => {
  const { journal, listener, receive } = logOf(2);
  receive("a", 1, 2);
  listener.gap({ snapshot: false, before: { epoch: "a", offset: 2 }, after: { epoch: "a", offset: 2 } });
  const verdict = journal.check();
  expect(verdict).toMatchObject({ gaps: 1, needless: 1, silentGaps: 0 });
  expect(verdict.violations).toEqual(["listener 1 of log: a gap from 2 to 2 of a was needless"]);
});

test.each([
  [3, 1],
  [2, 0],
])("with the last %i updates kept, counts a gap of three missed updates as needless %i times", (kept, needless) => {
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
  // A later update does not count towards the updates that the server kept then.
  publish(5);
  listener.update({ id: "a5", offset: 5 });
  expect(journal.check()).toMatchObject({ needless, log: { covered: 3, lost: 0 } });
});

test("counts an update of a log that is received before the subscription or while it is lost as unsubscribed", () => {
  const journal = new Journal();
  const run = journal.run("log", "a");
  const listener = journal.listener("log", "log");
  for (const [index, status] of (["waiting", "subscribed", "waiting", "subscribed"] as const).entries()) {
    listener.status(status);
    run.published({ id: `a${index}`, offset: index, key: "" });
    listener.update({ id: `a${index}`, offset: index });
  }
  const verdict = journal.check();
  expect(verdict.log).toMatchObject({ received: 4, unsubscribed: 2, lost: 0 });
  expect(verdict.violations[0]).toBe("listener 1 of log: a0 was received while the topic was not subscribed");
});

test("updates are due from the first subscribed status on, also during a temporary failure", () => {
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
  "after a listener has %s, only updates before its last received one are due",
  (how) => {
    const { journal, listener, receive } = logOf(5);
    receive("a", 1, 3);
    if (how === "stopped") listener.stopped();
    else listener.status("failed");
    expect(journal.check().log).toMatchObject({ due: 3, received: 2, lost: 1 });
  },
);

test("counts updates that match no publication, and events after the stop, as unknown", () => {
  const { journal, listener } = logOf(2);
  listener.update({ id: "a1", offset: 1 });
  listener.update({ id: "other", offset: 2 });
  listener.update({ id: "a2", offset: 7 });
  listener.stopped();
  listener.update({ id: "a2", offset: 2 });
  const verdict = journal.check();
  expect(verdict.unknown).toBe(3);
  expect(verdict.violations).toEqual([
    "listener 1 of log: update was received after it had stopped",
    "listener 1 of log: update other was received as 2: it was never published",
    "listener 1 of log: update a2 was received as 7: it was published as 2",
  ]);
});

test("checks every listener separately", () => {
  const { journal, receive } = logOf(0);
  const other = journal.listener("log", "log");
  other.status("subscribed");
  journal.run("log", "a").published({ id: "a1", offset: 1, key: "" });
  receive("a", 1);
  const verdict = journal.check();
  expect(verdict.log).toMatchObject({ due: 2, received: 1, lost: 1 });
  expect(verdict.violations[0]).toContain("listener 2 of log");
});

/** Builds a journal of a keyed topic whose first run has published x = a1, y = a2, x = a3. */
function keyedState() {
  const journal = new Journal();
  const listener = journal.listener("state", "keyed");
  const publish = (epoch: string, ...keys: string[]) => {
    const run = journal.run("state", epoch);
    for (const [index, key] of keys.entries()) run.published({ id: `${epoch}${index + 1}`, offset: index + 1, key });
  };
  const receive = (epoch: string, ...offsets: number[]) => {
    for (const offset of offsets) listener.update({ id: `${epoch}${offset}`, offset });
  };
  publish("a", "x", "y", "x");
  listener.status("subscribed");
  return { journal, listener, publish, receive };
}

test("a keyed topic can skip superseded updates", () => {
  const { journal, receive } = keyedState();
  receive("a", 2, 3);
  const verdict = journal.check();
  expect(verdict.keyed).toEqual({ received: 2, descending: 0, unannounced: 0, keys: 2, wrong: 0 });
  expect([verdict.silentGaps, verdict.violations]).toEqual([0, []]);
});

test.each([
  ["a key that never came", [3], "key y: the listener has nothing, the server a2"],
  ["a key with an old value", [1, 2], "key x: the listener has a1, the server a3"],
])("counts %s of a keyed topic as wrong", (_, offsets, difference) => {
  const { journal, receive } = keyedState();
  receive("a", ...offsets);
  const verdict = journal.check();
  expect([verdict.keyed.wrong, verdict.silentGaps]).toEqual([1, 1]);
  expect(verdict.violations).toEqual([`listener 1 of state: ${difference}`]);
});

test.each([
  ["a value after a later one", [3, 2], 1],
  ["a value received twice", [2, 3, 3], 1],
])("counts %s of a keyed topic as descending", (_, offsets, descending) => {
  const { journal, receive } = keyedState();
  receive("a", ...offsets);
  expect(journal.check().keyed).toMatchObject({ descending, wrong: 0 });
});

test("a gap with a snapshot clears the state, and the same run can begin again", () => {
  const { journal, listener, receive } = keyedState();
  receive("a", 2, 3);
  listener.gap({ snapshot: true, before: { epoch: "a", offset: 3 }, after: { epoch: "a", offset: 0 } });
  receive("a", 2, 3);
  // The gap is needless: a keyed topic keeps every key.
  expect(journal.check()).toMatchObject({ gaps: 1, needless: 1, silentGaps: 0, keyed: { descending: 0, wrong: 0 } });
});

test("counts every key as wrong if the snapshot after a gap never arrives", () => {
  const { journal, listener, receive } = keyedState();
  receive("a", 2, 3);
  listener.gap({ snapshot: true });
  expect(journal.check().keyed.wrong).toBe(2);
});

test("counts a new run without a gap, and a leftover key of the old run, as silent gaps", () => {
  const { journal, receive, publish } = keyedState();
  receive("a", 2, 3);
  publish("b", "y");
  receive("b", 1);
  const verdict = journal.check();
  expect(verdict.keyed).toMatchObject({ unannounced: 1, keys: 1, wrong: 1 });
  expect(verdict.silentGaps).toBe(2);
  expect(verdict.violations).toEqual([
    "listener 1 of state: b came after a without a gap between them",
    "listener 1 of state: key x: the listener has a3, the server nothing",
  ]);
});

test("a new run without publications has an empty state", () => {
  const { journal, listener, receive, publish } = keyedState();
  receive("a", 2, 3);
  publish("b");
  expect(journal.check().keyed.wrong).toBe(2);
  listener.gap({ snapshot: true });
  expect(journal.check().keyed).toMatchObject({ keys: 0, wrong: 0 });
});

test("does not check the state of a listener that stopped, failed or was never subscribed", () => {
  const { journal, listener } = keyedState();
  listener.stopped();
  journal.listener("state", "keyed").status("waiting");
  const failed = journal.listener("state", "keyed");
  failed.status("subscribed");
  failed.status("failed");
  expect(journal.check()).toMatchObject({ silentGaps: 0, violations: [] });
});
