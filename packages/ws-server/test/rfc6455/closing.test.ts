import { describe, expect, test } from "vitest";
import { until } from "../helpers/event-loop.js";
import { close, encodeFrame, opcodes, ping, text } from "./frames.js";
import { RawClient } from "./raw-client.js";
import { assertAlive, request, startTarget } from "./target.js";

const OTHER = text('{"type":"bars.subscribe","payload":{"symbol":"OTHER","resolution":"1"}}');

/** Writes the bytes, and returns the code of the server's close frame. */
async function answerTo(...bytes: Buffer[]): Promise<number | undefined> {
  const target = await startTarget();
  const client = await RawClient.open(target.url);
  client.send(...bytes);
  const { code } = await client.ending();
  expect(client.frames.filter(({ opcode }) => opcode === opcodes.close)).toHaveLength(1);
  await target.assertServed();
  return code;
}

describe("the server replies to a close frame with its code (§5.5.1, §7.4)", () => {
  const codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
  test.for(codes)("%i", async (code) => expect(await answerTo(close(code))).toBe(code));

  test("an empty one with an empty one or 1000", async () => expect([1005, 1000]).toContain(await answerTo(close())));

  test("with a reason of 123 bytes", async () => expect(await answerTo(close(1000, "x".repeat(123)))).toBe(1000));

  test("with a reason in UTF-8", async () => expect(await answerTo(close(1000, "κόσμε😀"))).toBe(1000));
});

describe("a close frame that is broken", () => {
  const codes = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
  test.for(codes)("§7.4 the code %i is closed with 1002", async (code) =>
    expect(await answerTo(close(code))).toBe(1002),
  );

  test("§5.5.1 half a code is closed with 1002", async () =>
    expect(await answerTo(encodeFrame({ opcode: opcodes.close, payload: "\x03" }))).toBe(1002));

  test.for([
    ["an invalid byte", "ff"],
    ["a surrogate", "eda080"],
    ["an overlong sequence", "c0af"],
    ["a sequence without its end", "e282"],
  ] as const)("§7.1.6 a reason with %s is closed with 1007", async ([, hex]) =>
    expect(await answerTo(close(1000, Buffer.from(hex, "hex")))).toBe(1007),
  );
});

describe("after a close", () => {
  test("§5.5.1 a request is not read", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(close(1000), OTHER);
    expect((await client.ending()).code).toBe(1000);
    expect(target.source.count("create")).toBe(1);
    await target.assertServed();
  });

  test("§5.5.1 a ping gets no pong", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(close(1000), ping("late"));
    await client.ending();
    expect(client.frames.map(({ opcode }) => opcode)).toEqual([opcodes.close]);
    await target.assertServed();
  });

  test("§5.5.1 a second close gets no reply", async () =>
    expect(await answerTo(close(1001), close(4000), close(1003))).toBe(1001));

  test("§5.5.1 bytes that break the protocol change nothing", async () =>
    expect(await answerTo(close(1000), Buffer.alloc(300, 0xff))).toBe(1000));

  test("§7.1.1 the server ends the TCP connection first", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(close(1000));
    await client.ended;
    expect(client.frames.map(({ opcode }) => opcode)).toEqual([opcodes.close]);
    await target.assertServed();
  });

  test("§5.5.1 by the server, the client's frames are not read", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(text("no JSON"), OTHER, ping("late"));
    expect((await client.ending()).code).toBe(1003);
    expect(client.frames.map(({ opcode }) => opcode)).toEqual([opcodes.close]);
    expect(target.source.count("create")).toBe(1);
    await target.assertServed();
  });

  test("§7.1.7 because of a broken frame, the client's subscriptions are released", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    await assertAlive(client);
    client.send(ping("", { rsv: 1 }));
    expect(await client.next()).toMatchObject({ opcode: opcodes.close });
    // The client's side of the TCP connection is still open.
    expect(target.server.counts().subscriptions).toBe(1);
    await client.ended;
    await target.assertServed();
  });

  test("§7.1.7 by the server, the connection is terminated when the client does not reply", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(text("no JSON"));
    await client.ended;
    await target.assertServed();
  });
});

describe("an end without a close frame (§7.1.5, 1006) releases everything", () => {
  const ends: readonly (readonly [name: string, end: (client: RawClient) => void])[] = [
    ["FIN", (client) => client.socket.end()],
    ["RST", (client) => client.socket.resetAndDestroy()],
    ["FIN inside of a frame's head", (client) => client.socket.end(text(request()).subarray(0, 3))],
    ["RST inside of a frame's body", (client) => resetAfter(client, text(request()).subarray(0, 20))],
    ["FIN inside of a fragmented message", (client) => client.socket.end(text("{", { fin: false }))],
    ["RST behind a request", (client) => resetAfter(client, text(request()))],
    ["RST in reply to a close by the server", (client) => resetAfter(client, text("no JSON"))],
    ["FIN behind a close", (client) => client.socket.end(close(1000))],
  ];
  test.for(ends)("%s", async ([, end]) => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    await assertAlive(client);
    end(client);
    await client.ended;
    await target.assertServed();
  });

  test("FIN inside of the handshake", async () => {
    const target = await startTarget();
    const client = await RawClient.dial(target.url);
    client.socket.end("GET /api/v1/ws HTTP/1.1\r\nHost: local");
    await client.ended;
    await target.assertServed();
  });

  test("RST right after the handshake, before its response is read", async () => {
    const target = await startTarget();
    for (let count = 0; count < 20; count++) {
      const client = await RawClient.open(target.url);
      client.send(text(request()));
      client.socket.resetAndDestroy();
    }
    await until(() => target.server.counts().connections === 1);
    await target.assertServed();
  });
});

function resetAfter(client: RawClient, bytes: Buffer): void {
  client.socket.write(bytes, () => client.socket.resetAndDestroy());
}
