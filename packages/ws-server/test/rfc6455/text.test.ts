import { describe, expect, test } from "vitest";
import { fragments, text } from "./frames.js";
import { RawClient } from "./raw-client.js";
import { startTarget } from "./target.js";

const before = '{"type":"bars.subscribe","payload":{"resolution":"1","symbol":"';
const after = '"}}';

/** Returns a request whose symbol consists of these bytes. */
function requestOf(symbol: Buffer): Buffer {
  return Buffer.concat([Buffer.from(before), symbol, Buffer.from(after)]);
}

describe("valid UTF-8 (§5.6, §8.1) is read unchanged", () => {
  const symbols: readonly (readonly [name: string, symbol: string])[] = [
    ["one byte, the last of its kind", "\u007f"],
    ["two bytes, the first of their kind", "\u0080"],
    ["two bytes, the last of their kind", "\u07ff"],
    ["three bytes, the first of their kind", "\u0800"],
    ["three bytes, the last before the surrogates", "\ud7ff"],
    ["three bytes, the first after the surrogates", "\ue000"],
    ["three bytes of noncharacters", "\ufffe\uffff"],
    ["the replacement character itself", "\ufffd"],
    ["four bytes, the first of their kind", "\u{10000}"],
    ["four bytes, the last of Unicode", "\u{10ffff}"],
    ["letters and an emoji", "κόσμε€😀"],
    ["a byte order mark inside", "a\ufeffb"],
  ];
  test.for(symbols)("%s, in fragments cut at every byte", async ([, symbol]) => {
    const target = await startTarget();
    const bytes = requestOf(Buffer.from(symbol));
    const start = Buffer.byteLength(before);
    for (let cut = start; cut <= bytes.length - after.length; cut++) {
      const client = await RawClient.open(target.url);
      client.send(fragments([bytes.subarray(0, cut), bytes.subarray(cut)]));
      const { payload } = JSON.parse(String((await client.next())?.payload));
      expect(JSON.parse(payload.topic.slice("bars:".length))).toEqual({ resolution: "1", symbol });
      expect(payload.topic).toMatch(/^[ -~]+$/);
      client.socket.destroy();
    }
    await target.assertServed();
  });
});

describe("invalid UTF-8 is closed with 1007 (§8.1)", () => {
  const sequences: readonly (readonly [name: string, hex: string])[] = [
    ["a continuation byte alone", "80"],
    ["the last continuation byte alone", "bf"],
    ["FE", "fe"],
    ["FF", "ff"],
    ["NUL in two bytes", "c080"],
    ["a slash in two bytes", "c0af"],
    ["DEL in two bytes", "c1bf"],
    ["NUL in three bytes", "e08080"],
    ["U+07FF in three bytes", "e09fbf"],
    ["NUL in four bytes", "f0808080"],
    ["U+FFFF in four bytes", "f08fbfbf"],
    ["five bytes", "f888808080"],
    ["six bytes", "fc8480808080"],
    ["past the last of Unicode", "f4908080"],
    ["F5", "f5808080"],
    ["the first surrogate", "eda080"],
    ["the last surrogate", "edbfbf"],
    ["a pair of surrogates, as CESU-8 writes it", "eda18cedbeb4"],
    ["two of two bytes without the second", "c3"],
    ["three without the third", "e282"],
    ["four without the fourth", "f09f98"],
    ["two without the second, then a letter", "c341"],
  ];
  test.for(sequences)("%s: in one frame, cut by the message's end, and cut by a fragment's", async ([, hex]) => {
    const target = await startTarget();
    const bad = Buffer.from(hex, "hex");
    const whole = requestOf(bad);
    const ways = [
      text(whole),
      text(bad),
      fragments([before, bad, after]),
      fragments([
        Buffer.concat([Buffer.from(before), bad.subarray(0, 1)]),
        Buffer.concat([bad.subarray(1), Buffer.from(after)]),
      ]),
    ];
    for (const bytes of ways) {
      const client = await RawClient.open(target.url);
      client.send(bytes);
      expect((await client.ending()).code).toBe(1007);
    }
    expect(target.source.count("create")).toBe(1);
    await target.assertServed();
  });
});

describe("valid UTF-8 that is not JSON is closed with 1003 (RFC 8259 §2, §8.1)", () => {
  test.for([
    ["a byte order mark before it", "\ufeff{}"],
    ["NUL in a string", '{"type":"\0"}'],
    ["a line feed in a string", '{"type":"\n"}'],
    ["another kind of space", '\u00a0{"type":"bars.subscribe"}'],
  ] as const)("%s", async ([, json]) => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(text(json));
    expect((await client.ending()).code).toBe(1003);
    await target.assertServed();
  });
});
