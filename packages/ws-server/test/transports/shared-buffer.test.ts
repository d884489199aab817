import { describe, expect, test } from "vitest";
import { Frame } from "../../src/topics/frame.js";
import { SharedBuffer } from "../../src/transports/shared-buffer.js";

/** Returns what frames are on the network without batches. */
const wireOf = (frames: readonly Frame[]) => Buffer.concat(frames.map(({ wire }) => wire));

const a = new Frame("a".repeat(10));
const b = new Frame("b".repeat(10));
const long = new Frame("c".repeat(20_000));

describe("the shared buffer", () => {
  test("has the frames of each write, whatever the write before had", () => {
    const shared = new SharedBuffer();
    const writes = [[a, b], [a, b], [b, a], [a, b, a], [a, b], [long, a], [a, b], [long, a], [long, b], [], [a]];
    for (const frames of writes) expect(shared.join(frames, 0)?.equals(wireOf(frames))).toBe(true);
  });

  test("joins the same frames for the same clients once, and again for clients with batches", () => {
    const shared = new SharedBuffer();
    const joined = shared.join([a, b], 0);
    expect(shared.join([a, b], 0)).toBe(joined);
    const batched = shared.join([a, b], 1_000);
    expect(batched?.equals(new Frame(`${a.text}\n${b.text}`).wire)).toBe(true);
    expect(shared.join([a, b], 1_000)).toBe(batched);
    expect(shared.join([a, b], 15)?.equals(wireOf([a, b]))).toBe(true);
    expect(shared.join([a, b], 0)?.equals(wireOf([a, b]))).toBe(true);
  });

  test.each([
    ["short", [a, b]],
    ["long", [long, b]],
  ])("leaves a %s write to the stream that still holds it", (_length, frames) => {
    const shared = new SharedBuffer();
    const held = shared.join(frames, 0);
    shared.replace();
    for (const others of [frames, [b, b, a], [long, long]]) {
      expect(shared.join(others, 0)?.equals(wireOf(others))).toBe(true);
      expect(held?.equals(wireOf(frames))).toBe(true);
    }
  });

  test("does not take frames that are longer than it", () => {
    const shared = new SharedBuffer();
    const frames = [long, long, long, long, long];
    expect(shared.join(frames, 0)).toBeUndefined();
    expect(shared.join([a], 0)?.equals(wireOf([a]))).toBe(true);
  });
});
