import { bars, encodeMessage } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { jsonCodec } from "../../src/index.js";
import { Frame } from "../../src/topics/frame.js";
import { AAPL_TOPIC, bar } from "../helpers/data.js";

describe("a frame", () => {
  test("of an update equals the encoded message", () => {
    const topic = 'bars:{"symbol":"\\u00e9\\""}';
    const expected = encodeMessage({ type: "bars.update", payload: { topic, offset: 7, payload: bar(1) } });
    const encoder = jsonCodec.updates(bars.name, topic);
    expect(encoder.frame(7, encoder.body(bar(1))).text).toBe(expected);
  });

  test.each(["short", "x".repeat(300)])("of an update returns its body, before and after it was written", (topic) => {
    const encoder = jsonCodec.updates("quotes", topic);
    const body = encoder.body({ n: "é😀", v: 1 });
    const frame = encoder.frame(12_345, body);
    expect(frame.body).toBe('{"n":"é😀","v":1}');
    expect(frame.wire.length).toBe(frame.bytes);
    expect(frame.body).toBe('{"n":"é😀","v":1}');
    expect(new Frame("{}").body).toBeUndefined();
  });

  test.each([
    [0, 2],
    [125, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
  ])("of %i bytes has a header of %i, as RFC 6455, 5.2 has it", (length, header) => {
    const { wire, payload } = new Frame("x".repeat(length));
    expect(wire.length).toBe(length + header);
    expect(payload.length).toBe(length);
    expect(wire[0]).toBe(0x81);
    const declared = header === 2 ? wire[1] : header === 4 ? wire.readUInt16BE(2) : Number(wire.readBigUInt64BE(2));
    expect(declared).toBe(length);
    expect(wire[1]).toBe(header === 2 ? length : header === 4 ? 126 : 127);
  });

  test("has one buffer for all connections of a pass, and none after it", async () => {
    const encoder = jsonCodec.updates("quotes", "topic");
    for (const frame of [encoder.frame(1, encoder.body({ n: "é" })), new Frame("{}")]) {
      const { wire } = frame;
      const copy = Buffer.from(wire);
      expect(frame.wire).toBe(wire);
      await Promise.resolve();
      // A frame that kept the buffer would return it.
      expect(frame.wire).not.toBe(wire);
      expect(frame.wire.equals(copy)).toBe(true);
    }
  });

  test("counts bytes, not characters", () => {
    const { wire, text } = new Frame(`é😀${AAPL_TOPIC}`);
    expect(wire[1]).toBe(6 + AAPL_TOPIC.length);
    expect(text).toBe(`é😀${AAPL_TOPIC}`);
  });
});
