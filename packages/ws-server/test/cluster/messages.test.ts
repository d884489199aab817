import { describe, expect, test } from "vitest";
import {
  decodeNodeMessage,
  encodeNodeMessage,
  MAX_MESSAGE_BYTES,
  type NodeMessage,
} from "../../src/cluster/messages.js";
import { SharedText } from "../../src/topics/update-text.js";
import { SeededRandom } from "./simulation/random.js";
import { TestCluster, type TestNode } from "./test-cluster.js";

const MESSAGES: readonly NodeMessage[] = [
  { type: "sync", feed: "f", topics: [] },
  { type: "sync", feed: "f", topics: [{ id: 1, topic: 'a:{"é":"\\n"}', position: { epoch: "e", offset: 7 } }] },
  { type: "want", feed: "f", topics: [{ id: 2, topic: "b", schema: "0123456789abcdef" }] },
  { type: "drop", feed: "f", ids: [1, 2] },
  { type: "alive", feed: "f", beat: 3, dropped: [2] },
  { type: "publish", topic: "a", body: '{"x":"é"}' },
  { type: "request", id: 1, key: "broker", body: '{"é":1}' },
  { type: "reply", id: 1, status: "ok", body: "[]" },
  { type: "reply", id: 2, status: "reply_too_large", body: "" },
  {
    type: "data",
    feed: "f",
    seq: 1,
    echo: 0,
    items: [
      { type: "accepted", id: 1, epoch: "e", recovered: true },
      { type: "update", id: 1, offset: 8, key: "k", isFinished: false, body: new SharedText('{"x":"é😀"}') },
      { type: "update", id: 2, offset: 1, key: 5, isFinished: true, body: new SharedText("") },
      { type: "update", id: 2, offset: 2, key: null, isFinished: false, body: new SharedText("1\n2") },
      { type: "current", id: 1, offset: 8, floor: 3 },
      { type: "refused", id: 3, reason: "ending" },
      { type: "ended", id: 4, code: "c", message: "m", retryable: true },
    ],
  },
];

describe("a message between nodes", () => {
  test.each(MESSAGES)("$type is read as it was written", (message) => {
    expect(decodeNodeMessage(encodeNodeMessage(message))).toEqual(message);
  });

  test.each([
    ["no newline", "{}", /no newline/],
    ["no JSON", "{\n", /JSON/],
    ["no object", "[]\n", /expected an object/],
    ["another version", '{"v":2,"type":"sync","feed":"f","topics":[]}\n', /Unknown version 2: this node has 1/],
    ["an unknown type", '{"v":1,"type":"hello","feed":"f"}\n', /unknown type "hello"/],
    [
      "a wrong member",
      '{"v":1,"type":"alive","feed":"f","beat":-1,"dropped":[]}\n',
      /beat must be an integer of at least 0, got number -1/,
    ],
    ["an unknown status", '{"v":1,"type":"reply","id":1,"status":"fine","body":""}\n', /unknown status "fine"/],
    ["a request without a key", '{"v":1,"type":"request","id":1,"body":""}\n', /key must be a string, got undefined/],
    [
      "a missing body",
      '{"v":1,"type":"data","feed":"f","seq":1,"echo":0,"items":[[1,1,null,0,5]]}\n1',
      /body is missing/,
    ],
    ["an extra body", '{"v":1,"type":"data","feed":"f","seq":1,"echo":0,"items":[]}\n1', /longer than its bodies/],
  ])("with %s is refused, naming what is wrong", (_, text, problem) => {
    expect(() => decodeNodeMessage(Buffer.from(text))).toThrow(problem);
  });

  test.each([
    ["version", `{"v":"${"9".repeat(1_000)}"}\n`],
    ["nested version", `{"v":${"[".repeat(20_000)}${"]".repeat(20_000)}}\n`],
    ["type", `{"v":1,"feed":"f","type":"${"t".repeat(1_000)}"}\n`],
    ["status", `{"v":1,"type":"reply","id":1,"status":["${"s".repeat(1_000)}"],"body":""}\n`],
    ["id", `{"v":1,"type":"request","id":"${"1".repeat(1_000)}","key":"k","body":""}\n`],
  ])("with a long %s is refused with a short error", (_, text) => {
    let message = "";
    try {
      decodeNodeMessage(Buffer.from(text));
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message).toMatch(/^.{10,200}$/);
  });

  test("of another version is refused with one log line for each node, a hundred at most", async () => {
    const cluster = new TestCluster();
    const [node, ...others] = Array.from({ length: 103 }, () => cluster.node());
    await cluster.run(50);
    const newer = Buffer.from('{"v":2,"type":"sync","feed":"f","topics":[]}\n');
    for (let round = 0; round < 2; round++) {
      for (const { bus } of others) bus.send((node as TestNode).name, newer);
      await cluster.run(20);
    }
    const { logger, pubSub } = node as TestNode;
    const from = logger.entries.map(({ fields }) => fields?.from);
    expect(from).toEqual(others.slice(0, 100).map(({ name }) => name));
    expect(String(logger.entries[0]?.fields?.error)).toContain("Unknown version 2: this node has 1");
    expect(pubSub.stats().invalidMessages).toBe(204);
  });

  test("that is too large is refused before it is parsed", () => {
    expect(() => decodeNodeMessage(new Uint8Array(MAX_MESSAGE_BYTES + 1))).toThrow(
      /67108865 bytes, the maximum is 67108864/,
    );
  });

  test("with random bytes is read or refused, and a node serves on", async () => {
    const cluster = new TestCluster();
    const [one, other] = [cluster.node(), cluster.node()];
    await cluster.run(50);
    const owner = one.join();
    await cluster.run(20);
    const follower = other.join();
    await cluster.run(20);
    const random = new SeededRandom(20_261_129);
    for (let count = 0; count < 3_000; count++) {
      const bytes = Buffer.from(encodeNodeMessage(random.pick(MESSAGES)));
      for (let edits = 1 + Math.floor(random.fraction() * 4); edits > 0; edits--) {
        const at = Math.floor(random.fraction() * bytes.length);
        bytes[at] = random.fraction() < 0.5 ? (bytes[at] as number) ^ 1 : Math.floor(random.fraction() * 256);
      }
      one.bus.send(other.name, bytes);
      other.bus.send(one.name, bytes.subarray(0, Math.floor(random.fraction() * bytes.length)));
    }
    await cluster.run(5_000);
    owner.publish(1);
    await cluster.run(50);
    expect([follower.received, follower.ends]).toEqual([["1"], []]);
    expect(other.pubSub.stats().invalidMessages).toBeGreaterThan(500);
    // One line, not one for each message.
    expect(other.logger.entries.map(({ message }) => message)).toEqual(["A message of another node was refused"]);
  });
});
