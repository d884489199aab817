import { describe, expect, test } from "vitest";
import { AAPL_TOPIC, bar } from "../helpers/data.js";
import { close, encodeFrame, FrameReader, opcodes, type ServerFrame, text } from "../rfc6455/frames.js";
import { hostileStream, hostileUpgrade } from "./hostile-bytes.js";
import { hostileEnvelope, hostilePayload } from "./hostile-json.js";
import { type Dialect, ProtocolChecker } from "./protocol-checker.js";
import { RandomSource } from "./random-source.js";

function frameOf(bytes: Buffer): ServerFrame {
  return new FrameReader().push(bytes)[0] as ServerFrame;
}

function faultsOf(dialect: Dialect, message: unknown): string[] {
  const checker = new ProtocolChecker();
  const bytes = typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message);
  checker.message("here", dialect, frameOf(text(bytes, { mask: false })));
  return checker.faults;
}

const reply = (payload: object, rest: object = {}) => ({ type: "bars.subscribe.response", payload, ...rest });
const ok = { status: "ok", message: "Subscribed", topic: AAPL_TOPIC };
const error = { status: "error", message: "No", code: "no", topic: "x".repeat(16_384) };

describe("the fuzzer's protocol checker", () => {
  test.for<readonly [name: string, dialect: Dialect, message: unknown]>([
    ["a reply", "base", reply(ok, { id: "x".repeat(64) })],
    ["a refusal that echoes a long topic", "base", reply(error)],
    ["an update", "base", { type: "bars.update", payload: { topic: AAPL_TOPIC, payload: bar(1) } }],
    ["a pong of a session", "session", { type: "pong" }],
  ])("passes %s", ([, dialect, message]) => expect(faultsOf(dialect, message)).toEqual([]));

  test.for<readonly [name: string, dialect: Dialect, message: unknown]>([
    ["invalid JSON", "base", "{"],
    ["invalid UTF-8", "base", Buffer.from('{"type":"\xff"}', "latin1")],
    ["a message without an envelope", "base", []],
    ["null", "base", "null"],
    ["a type that the protocol does not have", "base", { type: "toString" }],
    ["a request", "base", { type: "bars.subscribe", payload: ok }],
    ["a session message on a base connection", "base", { type: "pong" }],
    ["a session message that violates its schema", "session", { type: "subscription.ended", payload: {} }],
    ["a reply that violates its schema", "base", reply({ ...ok, status: "fine" })],
    ["a reply with an invalid id", "base", reply(ok, { id: 0.5 })],
    ["a topic that is not ASCII", "base", reply({ ...ok, topic: "bars:é" })],
    [
      "an update that violates its schema",
      "base",
      { type: "bars.update", payload: { topic: "", payload: { time: "1" } } },
    ],
    ["a refusal over 1 KB", "base", reply({ ...error, message: "x".repeat(1_024) })],
    [
      "an error over 1 KB",
      "session",
      { type: "error", payload: { code: "x", message: "x".repeat(1_024), retryable: false } },
    ],
  ])("reports %s", ([, dialect, message]) => expect(faultsOf(dialect, message)).toHaveLength(1));

  test.for<readonly [code: number, dialect: Dialect, echoes: boolean, faults: number]>([
    [1003, "base", false, 0],
    [4203, "base", false, 1],
    [1011, "session", false, 1],
    [1011, "session", true, 0],
    [4102, "session", false, 0],
    [4102, "base", false, 1],
  ])("on a close with %i on a %s connection (echo: %s) reports %i violations", ([code, dialect, echoes, faults]) => {
    const checker = new ProtocolChecker();
    checker.close("here", dialect, frameOf(close(code, "", { mask: false })), echoes);
    expect(checker.faults).toHaveLength(faults);
  });

  test("reports a response with a server error or a stack trace", () => {
    const checker = new ProtocolChecker();
    checker.response("here", "HTTP/1.1 426 Upgrade Required\r\n");
    expect(checker.faults).toEqual([]);
    checker.response("here", "HTTP/1.1 500 Internal Server Error\r\n");
    checker.response("here", "HTTP/1.1 400 Bad Request\r\n\r\nError\n at server.ts:12");
    checker.response("here", "no HTTP");
    expect(checker.faults).toHaveLength(3);
  });

  test.for([
    ["masked", encodeFrame({ opcode: opcodes.text })],
    ["in fragments", encodeFrame({ opcode: opcodes.text, fin: false, mask: false })],
    ["with a reserved bit", encodeFrame({ opcode: opcodes.text, rsv: 4, mask: false })],
    ["binary", encodeFrame({ opcode: opcodes.binary, mask: false })],
    ["of no opcode", encodeFrame({ opcode: 0xb, mask: false })],
    ["a pong of 126 bytes", encodeFrame({ opcode: opcodes.pong, payload: "x".repeat(126), mask: false })],
  ] as const)("rejects a server frame that is %s", ([, bytes]) =>
    expect(() => frameOf(bytes)).toThrow("an invalid frame"),
  );
});

test("the same seed makes the same inputs, and another seed makes other inputs", () => {
  const inputs = (seed: number) => {
    const random = new RandomSource(seed);
    const makers = [hostileEnvelope, hostilePayload, hostileStream, hostileUpgrade];
    return makers.flatMap((make) => random.list(50, () => make(random).toString("hex")));
  };
  expect(inputs(1)).toEqual(inputs(1));
  expect(inputs(1)).not.toEqual(inputs(2));
});
