import { describe, expect, test } from "vitest";
import { turn } from "../helpers/event-loop.js";
import { close, continuation, encodeFrame, type FrameShape, fragments, opcodes, ping, text } from "./frames.js";
import { RawClient, upgradeRequest } from "./raw-client.js";
import { assertAlive, assertReply, request, startTarget } from "./target.js";

/** Writes the bytes, and returns the code of the server's close frame. */
async function endingOf(...bytes: Buffer[]): Promise<number | undefined> {
  const target = await startTarget();
  const client = await RawClient.open(target.url);
  client.send(...bytes);
  const { code } = await client.ending();
  await target.assertServed();
  return code;
}

/** Writes the bytes, and asserts that the request in them gets a reply. */
async function assertReplied(...bytes: Buffer[]): Promise<void> {
  const target = await startTarget();
  const client = await RawClient.open(target.url);
  client.send(...bytes);
  await assertReply(client);
  client.socket.destroy();
  await target.assertServed();
}

describe("a frame that breaks the protocol is closed with 1002", () => {
  const start = text("{", { fin: false });
  const broken: readonly (readonly [name: string, ...frames: Buffer[]])[] = [
    ["§5.1 text without a mask", text(request(), { mask: false })],
    ["§5.1 a ping without a mask", ping("", { mask: false })],
    ["§5.1 a close without a mask", close(1000, "", { mask: false })],
    ["§5.1 a continuation without a mask", start, continuation("}", { mask: false })],
    ["§5.2 RSV1", text(request(), { rsv: 4 })],
    ["§5.2 RSV2", text(request(), { rsv: 2 })],
    ["§5.2 RSV3", text(request(), { rsv: 1 })],
    ["§5.2 all reserved bits", text(request(), { rsv: 7 })],
    ["§5.2 RSV1 in a continuation", start, continuation("}", { rsv: 4 })],
    ["§5.2 RSV1 in a ping", ping("", { rsv: 4 })],
    ["§5.2 RSV2 in a close", close(1000, "", { rsv: 2 })],
    ["§5.4 a continuation of nothing", continuation("{}")],
    ["§5.4 the middle of nothing", continuation("{}", { fin: false })],
    ["§5.4 a continuation of a finished message", text(request()), continuation("{}")],
    ["§5.4 text inside of a fragmented message", start, text("{}")],
    ["§5.4 the start of another message inside of one", start, text("{", { fin: false })],
    ["§5.4 binary inside of a fragmented message", start, encodeFrame({ opcode: opcodes.binary, payload: "x" })],
    ["§5.5 a fragmented ping", ping("", { fin: false })],
    ["§5.5 a fragmented pong", encodeFrame({ opcode: opcodes.pong, fin: false })],
    ["§5.5 a fragmented close", close(1000, "", { fin: false })],
    ["§5.5 a ping of 126 bytes", ping(Buffer.alloc(126))],
    ["§5.5 a pong of 126 bytes", encodeFrame({ opcode: opcodes.pong, payload: Buffer.alloc(126) })],
    ["§5.5 a close of 126 bytes", close(1000, "x".repeat(124))],
    ["§5.5 a ping with its length in 8 bytes", ping("hi", { lengthBytes: 8 })],
    ["§5.5 a close with its length in 2 bytes", close(1000, "", { lengthBytes: 2 })],
  ];
  test.for(broken)("%s", async ([, ...frames]) => expect(await endingOf(...frames)).toBe(1002));

  test.for([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])("§5.2 the reserved opcode %i", async (opcode) => {
    expect(await endingOf(encodeFrame({ opcode, payload: request() }))).toBe(1002);
    expect(await endingOf(encodeFrame({ opcode, fin: false }))).toBe(1002);
  });

  test("§7.1.7 the frames after it are not read", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(
      text(request(), { rsv: 1 }),
      text('{"type":"bars.subscribe","payload":{"symbol":"X","resolution":"1"}}'),
    );
    expect((await client.ending()).code).toBe(1002);
    expect(target.source.count("create")).toBe(1);
    await target.assertServed();
  });
});

describe("lengths (§5.2)", () => {
  test.for([72, 125, 126, 127, 128, 65_535, 65_536])("a request of %i bytes gets a reply", (bytes) =>
    assertReplied(text(request(bytes))),
  );

  test("an empty message is read, and is not JSON", async () => expect(await endingOf(text(""))).toBe(1003));

  test("an empty message without a mask is invalid as well", async () =>
    expect(await endingOf(text("", { mask: false }))).toBe(1002));

  const tooLong: readonly (readonly [name: string, shape: Partial<FrameShape>])[] = [
    ["one byte over the limit", { length: 65_537n }],
    ["2^31", { length: 2n ** 31n }],
    ["2^32 + 72, which 32 bits read as 72", { length: 2n ** 32n + 72n }],
    ["2^53", { length: 2n ** 53n }],
    ["2^63 - 1", { length: 2n ** 63n - 1n }],
    ["2^63, whose highest bit must not be set", { length: 2n ** 63n }],
    ["2^64 - 1", { length: 2n ** 64n - 1n }],
  ];
  test.for(tooLong)("%s is closed before the payload arrives", async ([, shape]) =>
    expect([1002, 1009]).toContain(await endingOf(text(request(), shape))),
  );

  test("one byte over the limit, sent completely, is closed with 1009", async () =>
    expect(await endingOf(text(request(65_537)))).toBe(1009));

  const longForms: readonly (readonly [name: string, bytes: number, lengthBytes: 2 | 8])[] = [
    ["72 in 2 bytes", 72, 2],
    ["72 in 8 bytes", 72, 8],
    ["200 in 8 bytes", 200, 8],
  ];
  test.for(longForms)("%s, which fits in 1 or 2, is refused or read correctly", async ([, bytes, lengthBytes]) => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(text(request(bytes), { lengthBytes }));
    const frame = await client.next();
    if (frame?.opcode === opcodes.close) expect(frame.payload.readUInt16BE(0)).toBe(1002);
    else expect(JSON.parse(String(frame?.payload)).payload.status).toBe("ok");
    client.socket.destroy();
    await target.assertServed();
  });
});

describe("masks (§5.3)", () => {
  test.for(["00000000", "ffffffff", "00000001", "80000000"])("the key %s", (mask) =>
    assertReplied(text(request(), { mask: Buffer.from(mask, "hex") })),
  );

  test("another key in each fragment", () =>
    assertReplied(
      text(request().slice(0, 10), { fin: false, mask: Buffer.from("01020304", "hex") }),
      continuation(request().slice(10), { mask: Buffer.from("fffefdfc", "hex") }),
    ));
});

describe("the server reads frames however the network splits them (§5)", () => {
  test("a request cut in two at every byte", async () => {
    const target = await startTarget();
    const bytes = text(request(130));
    for (let cut = 1; cut < bytes.length; cut++) {
      const client = await RawClient.open(target.url);
      client.send(bytes.subarray(0, cut));
      await turn();
      client.send(bytes.subarray(cut));
      await assertReply(client);
      client.socket.destroy();
    }
    await target.assertServed();
  });

  test("a fragmented request with a ping inside, a byte at a time", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    for (const byte of fragments([request().slice(0, 20), "", request().slice(20)], ping("?"))) {
      client.send(Buffer.of(byte));
      await turn();
    }
    expect(await client.next()).toMatchObject({ opcode: opcodes.pong });
    expect(await client.next()).toMatchObject({ opcode: opcodes.pong });
    await assertReply(client);
    client.socket.destroy();
    await target.assertServed();
  });

  test("200 requests in one write get replies in order", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    const ids = Array.from({ length: 200 }, (_, id) => id);
    const unsubscribe = { type: "bars.unsubscribe", payload: { symbol: "AAPL", resolution: "1" } };
    client.send(...ids.map((id) => text(JSON.stringify({ ...unsubscribe, id }))));
    for (const id of ids) expect(JSON.parse(String((await client.next())?.payload)).id).toBe(id);
    client.socket.destroy();
    await target.assertServed();
  });

  test("the upgrade, a request and a close in one write", async () => {
    const target = await startTarget();
    const client = await RawClient.dial(target.url);
    client.send(upgradeRequest(), text(request()), close(1000));
    expect((await client.response()).status).toBe(101);
    await client.ended;
    await target.assertServed();
  });
});

describe("fragments (§5.4)", () => {
  const json = request();
  const valid: readonly (readonly [name: string, ...frames: Buffer[]])[] = [
    ["two", fragments([json.slice(0, 7), json.slice(7)])],
    ["one byte each", fragments([...json])],
    ["an empty first", fragments(["", json])],
    ["an empty last", fragments([json, ""])],
    ["empty ones between", fragments(["", json.slice(0, 9), "", "", json.slice(9), ""])],
    ["together exactly at the limit", fragments([request(65_036), " ".repeat(500)])],
  ];
  test.for(valid)("%s", ([, ...frames]) => assertReplied(...frames));

  test("a ping between two gets its pong before the message is complete", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(text(json.slice(0, 9), { fin: false }), ping("between"));
    const pong = await client.next();
    expect([pong?.opcode, String(pong?.payload)]).toEqual([opcodes.pong, "between"]);
    client.send(continuation(json.slice(9)));
    await assertReply(client);
    client.socket.destroy();
    await target.assertServed();
  });

  test("a pong between two changes nothing", () =>
    assertReplied(
      text(json.slice(0, 9), { fin: false }),
      encodeFrame({ opcode: opcodes.pong, payload: "unasked" }),
      continuation(json.slice(9)),
    ));

  test("a close between two gets its reply, and the message is never read", async () => {
    const code = await endingOf(text(json.slice(0, 9), { fin: false }), close(1001), continuation(json.slice(9)));
    expect(code).toBe(1001);
  });

  test("only empty fragments make an empty message", async () =>
    expect(await endingOf(fragments(["", "", ""]))).toBe(1003));

  test("binary in fragments is binary", async () => {
    const frames = [encodeFrame({ opcode: opcodes.binary, payload: "x", fin: false }), continuation("y")];
    expect(await endingOf(...frames)).toBe(1003);
  });

  test("together over the limit are closed with 1009 before the last arrives", async () => {
    const half = " ".repeat(40_000);
    expect(await endingOf(text(half, { fin: false }), continuation(half, { fin: false }))).toBe(1009);
  });

  test.for([
    ["of one byte", " "],
    ["that are empty", ""],
  ] as const)("20,000 %s are closed with 1008", async ([, part]) => {
    const piece = continuation(part, { fin: false });
    expect(await endingOf(text("", { fin: false }), ...Array<Buffer>(20_000).fill(piece))).toBe(1008);
  });
});

describe("binary frames (PROTOCOL.md, Invalid frames)", () => {
  test.for([
    ["a request", request()],
    ["nothing", ""],
    ["bytes that are no UTF-8", Buffer.from("fffe", "hex")],
  ] as const)("§5.6 %s is closed with 1003", async ([, payload]) => {
    expect(await endingOf(encodeFrame({ opcode: opcodes.binary, payload }))).toBe(1003);
  });
});

describe("ping and pong", () => {
  test.for([
    ["nothing", Buffer.alloc(0)],
    ["one byte", Buffer.of(0)],
    ["text", Buffer.from("Hello")],
    ["bytes that are no UTF-8", Buffer.from("00ff80fe", "hex")],
    ["125 bytes", Buffer.alloc(125, 0xfe)],
  ] as const)("§5.5.3 a pong carries what the ping did: %s", async ([, payload]) => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(ping(payload));
    const pong = await client.next();
    expect([pong?.opcode, pong?.payload.toString("hex")]).toEqual([opcodes.pong, payload.toString("hex")]);
    await assertAlive(client);
    client.socket.destroy();
    await target.assertServed();
  });

  test("§5.5.2 ten pings in one write get pongs in order, the last included", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(...Array.from({ length: 10 }, (_, count) => ping(String(count))));
    const seen: number[] = [];
    while (seen.at(-1) !== 9) seen.push(Number((await client.next())?.payload));
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    client.socket.destroy();
    await target.assertServed();
  });

  test("§5.5.3 an unsolicited pong gets no reply", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(encodeFrame({ opcode: opcodes.pong, payload: "unasked" }));
    await assertAlive(client);
    expect(client.frames.filter(({ opcode }) => opcode !== opcodes.text)).toEqual([]);
    client.socket.destroy();
    await target.assertServed();
  });
});
