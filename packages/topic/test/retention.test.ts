import { describe, expect, test } from "vitest";
import { Retention, type RetentionRule } from "../src/retention.js";
import { ManualClock } from "../src/testing/index.js";

function setup(rule: Partial<RetentionRule> = {}) {
  const clock = new ManualClock();
  const retention = new Retention({ key: undefined, keep: {}, snapshot: "none", ...rule }, clock);
  let offset = 0;
  const append = (key?: unknown, isFinished = false) => retention.append({ offset: ++offset, key, isFinished });
  const unread = (cursor = 0) => Array.from(retention.unread(cursor), (entry) => entry.offset);
  return { clock, retention, append, unread };
}

describe("retention", () => {
  test("of a log keeps the last updates in order, and reports the offset up to which it removed updates", () => {
    const { retention, append, unread } = setup({ keep: { count: 3 } });
    for (let count = 0; count < 5; count++) append();
    expect(unread()).toEqual([3, 4, 5]);
    expect(unread(4)).toEqual([5]);
    expect(unread(5)).toEqual([]);
    expect([retention.floor, retention.offset, retention.size, retention.start()]).toEqual([2, 5, 3, 5]);
  });

  test("by key keeps the last update of each key, which does not count as a loss", () => {
    const { retention, append, unread } = setup({ key: "id", snapshot: "all" });
    for (const key of ["a", "b", "a", "c", "b"]) append(key);
    expect(unread()).toEqual([3, 4, 5]);
    expect([retention.floor, retention.start()]).toEqual([0, 0]);
  });

  test("by key removes the superseded update although offsets were skipped, as for a follower", () => {
    const { retention, unread } = setup({ key: "id", snapshot: "all" });
    for (const [offset, key] of [
      [3, "a"],
      [7, "b"],
      [8, "c"],
      [12, "b"],
      [20, "a"],
    ] as const) {
      retention.append({ offset, key, isFinished: false });
    }
    expect(unread()).toEqual([8, 12, 20]);
    expect([retention.size, retention.floor]).toEqual([3, 0]);
  });

  test("of bars starts new subscribers at the greatest time, even when an older bar is corrected later", () => {
    const { retention, append, unread } = setup({ key: "time", snapshot: "current", keep: { count: 100 } });
    for (const time of [10, 20, 30, 20]) append(time);
    expect(unread(retention.start())).toEqual([3, 4]);
    const numbers = setup({ key: "time", snapshot: "current" });
    for (const time of [9, 10]) numbers.append(time);
    expect(numbers.unread(numbers.retention.start())).toEqual([2]);
  });

  test("removes finished entries after their time, but keeps those that became unfinished again", () => {
    const { clock, retention, append, unread } = setup({ key: "id", snapshot: "all", keep: { finishedForMs: 100 } });
    append("a", true);
    append("b", true);
    clock.advance(60);
    append("b");
    clock.advance(39);
    expect(unread()).toEqual([1, 3]);
    clock.advance(1);
    expect(unread()).toEqual([3]);
    expect(retention.floor).toBe(1);
    clock.advance(1_000);
    expect(unread()).toEqual([3]);
  });

  test("of updates with a size stays within a limit of bytes, and counts those of several topics", () => {
    const sum = { total: 0 };
    const rule = { key: "n", snapshot: "all", keep: {} } as const;
    const retention = new Retention(rule, new ManualClock(), { maxBytes: 1_000, sum });
    for (let offset = 1; offset <= 50; offset++) {
      retention.append({ offset, key: offset, isFinished: false, bytes: 100 });
      expect(retention.bytes).toBeLessThanOrEqual(1_000);
    }
    expect([retention.size, retention.floor, sum.total]).toEqual([10, 40, 1_000]);
    retention.append({ offset: 51, key: 50, isFinished: false, bytes: 100 });
    expect([retention.size, retention.bytes]).toEqual([10, 1_000]);
    // The last update is retained whatever its size: a topic without any would have no state.
    retention.append({ offset: 52, key: 52, isFinished: false, bytes: 5_000 });
    expect([retention.size, retention.floor, retention.bytes]).toEqual([1, 51, 5_000]);
    retention.clear();
    expect([retention.size, retention.bytes, sum.total]).toEqual([0, 0, 0]);
  });

  test("stays within its bound under any number of updates", () => {
    const { retention, append, unread } = setup({ key: "id", keep: { count: 100 } });
    for (let count = 0; count < 100_000; count++) append(count % 1_000);
    expect(retention.size).toBe(100);
    expect(unread()).toHaveLength(100);
    expect(unread()[0]).toBe(99_901);
  });

  test("lets a reader continue while it removes entries", () => {
    const { append, retention } = setup({ key: "id", snapshot: "all" });
    for (const key of ["a", "b", "c"]) append(key);
    const seen: number[] = [];
    for (const { offset } of retention.unread(0)) {
      seen.push(offset);
      if (offset === 1) for (let count = 0; count < 20; count++) append("a");
    }
    expect(seen.slice(0, 3)).toEqual([1, 2, 3]);
  });
});
