import { expect, test } from "vitest";
import { Backpressure } from "../../src/connection/backpressure.js";
import type { Heartbeat } from "../../src/connection/heartbeat.js";
import type { ClosedEvent, LimitEvent } from "../../src/index.js";
import { CONNECTION_LIMITS } from "../../src/limits/client-limits.js";
import { Usage } from "../../src/limits/usage.js";
import { ManualClock } from "../../src/testing/index.js";
import { turns, until } from "../helpers/event-loop.js";
import { encodeFrame, opcodes, ping } from "../rfc6455/frames.js";
import { RawClient } from "../rfc6455/raw-client.js";
import { startTarget } from "../rfc6455/target.js";

test.for([
  ["pings", ping(Buffer.alloc(125))],
  ["pongs", encodeFrame({ opcode: opcodes.pong, payload: Buffer.alloc(125) })],
] as const)("a flood of %s is closed with 1008 after a burst, and counted", async ([, frame]) => {
  const limits: string[] = [];
  const codes: number[] = [];
  const observer = {
    limitReached: ({ limit }: LimitEvent) => void limits.push(limit),
    closed: ({ code }: ClosedEvent) => void codes.push(code),
  };
  const target = await startTarget({ observers: [observer], maxRequestBurst: 300 });
  const client = await RawClient.open(target.url);
  // The transport closes a connection whose answers to pings are queued, so a flood of pings has to be read meanwhile.
  const burst = Buffer.concat(Array(20).fill(frame));
  let written = 0;
  while (!client.socket.closed && written < 2 ** 20) {
    client.socket.write(burst);
    written += burst.length;
    await turns(3);
  }
  await client.ended;
  // The close frame can be lost: the server resets a connection with bytes that it has not read.
  expect([1008, undefined]).toContain((await client.ending()).code);
  await until(() => codes.length === 1);
  expect(limits).toEqual(["control_frames"]);
  client.socket.destroy();
  await target.assertServed();
});

test("the bytes of requests count against their rate, as the network has sent them", () => {
  const clock = new ManualClock();
  const usage = new Usage("connection", { ...CONNECTION_LIMITS, maxRequestsPerSecond: 1, maxRequestBurst: 50 }, clock);
  let isPaused = false;
  const socket = {
    receivedBytes: 200,
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
    },
  };
  const backpressure = new Backpressure(socket as never, { clock }, {} as Heartbeat, { usages: [usage] });
  // A message in many fragments or with many control frames has more bytes on the network than its own length.
  for (let count = 0; count < 10; count++) {
    socket.receivedBytes += 4 * 16_384;
    backpressure.countRequest();
    expect(isPaused).toBe(false);
  }
  backpressure.countRequest();
  expect(isPaused).toBe(true);
  clock.advance(1_000);
  expect(isPaused).toBe(false);
});
