import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../src/testing/index.js";
import { turn, turns, until } from "../helpers/event-loop.js";
import { continuation, ping, text } from "../rfc6455/frames.js";
import { RawClient, upgradeRequest } from "../rfc6455/raw-client.js";
import { assertAlive, request, startTarget } from "../rfc6455/target.js";

const MEBIBYTE = 2 ** 20;

/** Writes the same bytes until the server closes the connection or `limit` is reached. @returns the bytes written */
async function flood(client: RawClient, bytes: Buffer, limit: number): Promise<number> {
  let written = 0;
  while (!client.socket.closed && written < limit) {
    if (client.socket.write(bytes)) await turn();
    else await Promise.race([once(client.socket, "drain").catch(() => {}), client.ended]);
    written += bytes.length;
  }
  return written;
}

/** Returns the memory of this process, which runs both server and attacker, inside and outside the heap. */
function memoryUsed(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe("a client that never reads", () => {
  test("row 14: and floods pings is disconnected, and uses little memory", async () => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.socket.pause();
    const before = memoryUsed();
    const written = await flood(client, Buffer.concat(Array(500).fill(ping(Buffer.alloc(125)))), 256 * MEBIBYTE);
    expect(written).toBeLessThan(256 * MEBIBYTE);
    expect(memoryUsed() - before).toBeLessThan(64 * MEBIBYTE);
    client.socket.destroy();
    await target.assertServed();
  });

  test("row 14: and floods requests is not read above the buffer limit, and is released when it disconnects", async () => {
    const target = await startTarget({ maxBufferedBytes: 65_536 });
    const client = await RawClient.open(target.url);
    client.socket.pause();
    const before = memoryUsed();
    const requests = Buffer.concat(Array(500).fill(text(request())));
    let isStuck = false;
    for (let count = 0; count < 2_000 && !isStuck; count++) {
      isStuck = !client.socket.write(requests) && (await isFull(client));
    }
    expect(isStuck || client.socket.closed).toBe(true);
    expect(memoryUsed() - before).toBeLessThan(64 * MEBIBYTE);
    client.socket.destroy();
    await target.assertServed();
  });
});

/** Returns whether the socket accepts no bytes for a while, because the server does not read. */
async function isFull(client: RawClient): Promise<boolean> {
  for (let passed = 0; passed < 200 && !client.socket.closed; passed++) {
    await turn();
    if (!client.socket.writableNeedDrain) return false;
  }
  return true;
}

describe("a message that never ends", () => {
  test.for([
    ["empty", ""],
    ["one byte", " "],
  ] as const)("row 13: of fragments that are %s is disconnected, and uses little memory", async ([, part]) => {
    const target = await startTarget();
    const client = await RawClient.open(target.url);
    client.send(text("", { fin: false }));
    const before = memoryUsed();
    const pieces = Buffer.concat(Array(1_000).fill(continuation(part, { fin: false })));
    expect(await flood(client, pieces, 64 * MEBIBYTE)).toBeLessThan(64 * MEBIBYTE);
    expect(memoryUsed() - before).toBeLessThan(32 * MEBIBYTE);
    await target.assertServed();
  });

  test("row 11: in one frame with the length 2^63 reserves no memory for that length", async () => {
    const target = await startTarget();
    const before = memoryUsed();
    for (let count = 0; count < 100; count++) {
      const client = await RawClient.open(target.url);
      client.send(text("x", { length: 2n ** 63n }));
      expect([1002, 1009]).toContain((await client.ending()).code);
    }
    expect(memoryUsed() - before).toBeLessThan(32 * MEBIBYTE);
    await target.assertServed();
  });
});

describe("row 17: the heartbeat closes a connection that is silent", () => {
  const starts: readonly (readonly [name: string, bytes: Buffer])[] = [
    ["nothing", Buffer.alloc(0)],
    ["half a frame's head", text(request()).subarray(0, 1)],
    ["half a frame's mask", text(request()).subarray(0, 4)],
    ["half a frame's body", text(request()).subarray(0, 30)],
    ["half a message", text("{", { fin: false })],
    ["a frame at the size limit without its last byte", text(request(65_536)).subarray(0, -1)],
  ];
  test.for(starts)("after %s", async ([, bytes]) => {
    const clock = new ManualClock();
    const target = await startTarget({ clock, heartbeatIntervalMs: 30_000 });
    const client = await RawClient.open(target.url);
    if (bytes.length > 0) client.send(bytes);
    // Twice the interval, plus the time for a closing handshake, ends every silent connection.
    for (let second = 0; second < 62; second++) {
      clock.advance(1_000);
      await turns(3);
    }
    await client.ended;
    await until(() => target.server.counts().connections === 0);
  });

  test("WebSocket pings alone do not keep a base connection open", async () => {
    const clock = new ManualClock();
    const target = await startTarget({ clock, heartbeatIntervalMs: 30_000 });
    const client = await RawClient.open(target.url);
    for (let second = 0; second < 62 && !client.socket.closed; second++) {
      client.send(ping());
      clock.advance(1_000);
      await turns(3);
    }
    expect((await client.ending()).code).toBe(1003);
    await until(() => target.server.counts().connections === 0);
  });
});

describe("row 16: the server closes a connection whose handshake does not complete", () => {
  test("without any bytes, with half a head, and with single bytes at intervals", async () => {
    const target = await startTarget({ handshakeTimeoutMs: 500 });
    const silent = await RawClient.dial(target.url);
    const half = await RawClient.dial(target.url);
    half.send(upgradeRequest().slice(0, 40));
    const slow = await RawClient.dial(target.url);
    const bytes = upgradeRequest({ headers: { "X-Slow": "x".repeat(1_000) } });
    let sent = 0;
    const drip = setInterval(() => slow.socket.write(bytes[sent++] as string), 100);
    await Promise.all([silent.ended, half.ended, slow.ended]);
    clearInterval(drip);
    expect([0, 408]).toContain((await half.response()).status);
    expect([0, 408]).toContain((await slow.response()).status);
    await target.assertServed();
  });

  test("a thousand silent connections do not prevent others from connecting", async () => {
    const target = await startTarget();
    const silent = await Promise.all(Array.from({ length: 1_000 }, () => RawClient.dial(target.url)));
    const client = await RawClient.open(target.url);
    await assertAlive(client);
    client.socket.destroy();
    for (const { socket } of silent) socket.destroy();
    await target.assertServed();
  });
});
