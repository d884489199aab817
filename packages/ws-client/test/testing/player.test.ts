import { expect, test } from "vitest";
import { ManualClock, play, type RecordedFrame, type Recording } from "../../src/testing/index.js";

interface Envelope {
  readonly type: string;
  readonly payload?: Record<string, unknown>;
  readonly id?: unknown;
}

const TOPIC = "t:{}";

/** Builds a recording: each line has the time, the connection, the sender and the frame. */
function recordingOf(
  lines: readonly (readonly [number, number, RecordedFrame["from"], object])[],
  protocol: Recording["protocol"] = "session",
): Recording {
  const frames = lines.map(([atMs, connection, from, frame]) => ({
    atMs,
    connection,
    from,
    frame: JSON.stringify(frame),
  }));
  return { version: 1, protocol, frames };
}

const ask = (verb: string, id?: unknown, payload: object = {}) => ({ type: `t.${verb}`, payload, id });
const ok = (verb: string, id: unknown, position: object = {}) => ({
  type: `t.${verb}.response`,
  id,
  payload: { status: "ok", message: "", topic: TOPIC, ...position },
});
const update = (offset: number | undefined, epoch = "e") => ({
  type: "t.update",
  payload: { topic: TOPIC, offset, payload: `${epoch}${offset}` },
});
const current = (offset: number) => ({ type: "subscription.current", payload: { topic: TOPIC, epoch: "e", offset } });
const keyed = (offset: number, more: object = {}) => ({ epoch: "e", retention: "keyed", offset, ...more });

/** Opens a socket to a recording, and records the frames that it receives. */
async function visit(recording: Recording) {
  const clock = new ManualClock();
  const socket = new (play(recording, { clock }))("ws://memory");
  const received: (Envelope | number)[] = [];
  socket.onmessage = ({ data }: { data: string }) => void received.push(JSON.parse(data));
  socket.onclose = ({ code }: { code: number }) => void received.push(code);
  await clock.advanceAsync(0);
  return {
    clock,
    /** Returns the frames received since the last call. */
    received: () => received.splice(0),
    async send(frame: object) {
      socket.send(JSON.stringify(frame));
      await clock.advanceAsync(0);
    },
  };
}

const SNAPSHOT = recordingOf([
  [0, 1, "client", ask("subscribe", 1)],
  [0, 1, "server", ok("subscribe", 1, keyed(2, { snapshot: true }))],
  [0, 1, "server", update(3)],
  [0, 1, "server", current(3)],
  [5, 1, "server", update(4)],
  [9, 1, "server", update(5)],
]);

test("sends the welcome, and plays a topic from its snapshot", async () => {
  const { received, send, clock } = await visit(SNAPSHOT);
  expect(received()).toMatchObject([{ type: "session.welcome" }]);
  await send(ask("subscribe", "mine"));
  expect(received()).toEqual([ok("subscribe", "mine", keyed(2, { snapshot: true })), update(3), current(3)]);
  await clock.advanceAsync(5);
  expect(received()).toEqual([update(4)]);
  await send(ask("subscribe", "again"));
  expect(received()).toEqual([ok("subscribe", "again", keyed(4))]);
});

test.each([
  ["the latest position", { epoch: "e", offset: 4 }, [ok("subscribe", 9, keyed(4, { recovered: true })), current(4)]],
  [
    "an earlier position",
    { epoch: "e", offset: 3 },
    [ok("subscribe", 9, keyed(3, { recovered: true })), update(4), current(4)],
  ],
  ["a later position", { epoch: "e", offset: 5 }, [ok("subscribe", 9, keyed(5, { recovered: true })), current(5)]],
  [
    "a position before the snapshot",
    { epoch: "e", offset: 1 },
    [ok("subscribe", 9, keyed(2, { snapshot: true, recovered: false })), update(3), current(3), update(4)],
  ],
  [
    "another epoch",
    { epoch: "f", offset: 4 },
    [ok("subscribe", 9, keyed(2, { snapshot: true, recovered: false })), update(3), current(3), update(4)],
  ],
])("replies to a client that resumes from %s", async (_, resume, expected) => {
  const { received, send, clock } = await visit(SNAPSHOT);
  await clock.advanceAsync(5);
  received();
  await send({ ...ask("subscribe", 9), resume });
  expect(received()).toEqual(expected);
});

test("plays a legacy server without ids and without a welcome", async () => {
  const { received, send } = await visit(
    recordingOf(
      [
        // The connection is lost before the reply, so replies on the next connection do not belong to this request.
        [0, 1, "client", ask("subscribe", 1, { lost: true })],
        [1, 2, "client", ask("subscribe", 2)],
        [1, 2, "server", ok("subscribe", undefined)],
      ],
      "base",
    ),
  );
  expect(received()).toEqual([]);
  await send(ask("subscribe", 1));
  expect(received()).toEqual([ok("subscribe", undefined)]);
  await send(ask("subscribe", 1, { lost: true }));
  expect(received()).toMatchObject([{ payload: { status: "error", code: "not_recorded", topic: "" } }]);
});

test("matches recorded replies by id, and requests by their payload", async () => {
  const answer = (id: unknown, text: string) => ({ type: "t.ask.response", id, payload: { text } });
  const { received, send } = await visit(
    recordingOf([
      [0, 1, "client", ask("ask", 1, { a: { x: 1, y: 2 }, b: [1, 2] })],
      [0, 1, "client", ask("ask", 2, { b: [2, 1] })],
      [0, 1, "server", answer(2, "second")],
      [0, 1, "server", answer(1, "first")],
    ]),
  );
  received();
  await send(ask("ask", 7, { b: [1, 2], a: { y: 2, x: 1 } }));
  await send(ask("ask", 8, { b: [2, 1] }));
  await send(ask("ask", 9, { b: [1, 2] }));
  expect(received()).toMatchObject([
    answer(7, "first"),
    answer(8, "second"),
    { id: 9, payload: { code: "not_recorded" } },
  ]);
});

test.each([
  ["an unsubscribe", ask("unsubscribe", 2), ok("unsubscribe", 2)],
  [
    "an end by the server",
    ask("nothing", 2),
    { type: "subscription.ended", payload: { topic: TOPIC, code: "c", retryable: true } },
  ],
])("reports a gap after %s and a new subscribe", async (_, request, reply) => {
  const log = (offset: number) => ({ epoch: "e", retention: "log", offset });
  const { received, send, clock } = await visit(
    recordingOf([
      [0, 1, "client", ask("subscribe", 1)],
      [0, 1, "server", ok("subscribe", 1, log(0))],
      [1, 1, "server", update(1)],
      [2, 1, "client", request],
      [2, 1, "server", reply],
      [3, 1, "client", ask("subscribe", 3)],
      [3, 1, "server", ok("subscribe", 3, log(5))],
      [4, 1, "server", update(6)],
    ]),
  );
  received();
  await send(ask("subscribe", 1));
  await clock.advanceAsync(1);
  expect(received()).toEqual([ok("subscribe", 1, log(0)), update(1)]);
  await clock.advanceAsync(1);
  await send(ask("unsubscribe", 1));
  await clock.advanceAsync(2);
  received();
  await send({ ...ask("subscribe", 2), resume: { epoch: "e", offset: 1 } });
  expect(received()).toEqual([ok("subscribe", 2, { ...log(5), recovered: false }), update(6)]);
});

test("closes the connection of a subscriber at a recorded gap, so that it reconnects and finds the gap", async () => {
  const { received, send, clock } = await visit(
    recordingOf([
      [0, 1, "client", ask("subscribe", 1)],
      [0, 1, "server", ok("subscribe", 1, keyed(0))],
      [3, 2, "client", ask("subscribe", 2)],
      [3, 2, "server", ok("subscribe", 2, keyed(5, { recovered: false }))],
    ]),
  );
  await send(ask("subscribe", 1));
  await clock.advanceAsync(2);
  received();
  await clock.advanceAsync(1);
  expect(received()).toEqual([1012]);
});

test("sends subscription.current once, however often the recorded client reconnected", async () => {
  const { received, send, clock } = await visit({
    ...SNAPSHOT,
    frames: [
      ...SNAPSHOT.frames,
      ...recordingOf([
        [10, 2, "client", ask("subscribe", 2)],
        [10, 2, "server", ok("subscribe", 2, keyed(5, { recovered: true }))],
        [10, 2, "server", current(5)],
        [11, 2, "server", update(6)],
      ]).frames,
    ],
  });
  await send(ask("subscribe", 1));
  await clock.advanceAsync(11);
  expect(received().slice(2)).toEqual([update(3), current(3), update(4), update(5), update(6)]);
});

test("does not send a revoked end to later subscribers", async () => {
  const ended = { type: "subscription.ended", payload: { topic: TOPIC, code: "forbidden", retryable: true } };
  const recording = recordingOf([
    [0, 1, "client", ask("subscribe", 1)],
    [0, 1, "server", ok("subscribe", 1, keyed(0))],
    [1, 1, "server", update(1)],
    [2, 1, "server", ended],
    [3, 1, "client", ask("subscribe", 2)],
    [3, 1, "server", ok("subscribe", 2, keyed(1, { recovered: true }))],
    [4, 1, "server", update(2)],
  ]);
  const late = await visit(recording);
  await late.clock.advanceAsync(4);
  late.received();
  await late.send(ask("subscribe", 1));
  expect(late.received()).toEqual([ok("subscribe", 1, keyed(1)), update(2)]);
  const early = await visit(recording);
  early.received();
  await early.send(ask("subscribe", 1));
  await early.clock.advanceAsync(2);
  expect(early.received().at(-1)).toEqual(ended);
  await early.clock.advanceAsync(1);
  await early.send({ ...ask("subscribe", 2), resume: { epoch: "e", offset: 1 } });
  await early.clock.advanceAsync(1);
  expect(early.received()).toEqual([ok("subscribe", 2, keyed(1, { recovered: true })), current(1), update(2)]);
});
