import { expect, test } from "vitest";
import { parseHubControl, parseNodeControl } from "../../src/cluster/ipc-control.js";
import { FrameReader } from "../../src/cluster/ipc-frames.js";
import { decodeNodeMessage } from "../../src/cluster/messages.js";
import { decodeInbox, encodeMessage, encodeTaken, parseClaim } from "../../src/cluster/redis/inbox.js";
import { SeededRandom } from "./simulation/random.js";

const RUNS = Number(process.env.FUZZ_RUNS ?? (process.env.NEW_SEEDS === "true" ? 20_000 : 7_000));
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_129);

const CLAIM = { key: "k", node: "n", id: "i" };

const json = (value: object) => Buffer.from(JSON.stringify(value));

function frame(name: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + name.length + body.length);
  head[4] = name.length;
  return Buffer.concat([head, Buffer.from(name), body]);
}

/** Samples of the bytes that another process sends, with their parser. */
const KINDS: Readonly<Record<string, { readonly samples: readonly Buffer[]; parse(bytes: Buffer): unknown }>> = {
  "a message of a node": {
    samples: [Buffer.from('{"v":1,"type":"data","feed":"f","seq":1,"echo":0,"items":[[1,1,"k",0,2]]}\n{}')],
    parse: decodeNodeMessage,
  },
  "a question to the hub": {
    samples: [
      json({ type: "hello", node: "n", ownsTopics: true }),
      json({ type: "claim", id: 1, mine: CLAIM, instead: CLAIM }),
      json({ type: "owners", id: 2 }),
    ],
    parse: parseNodeControl,
  },
  "an answer of the hub": {
    samples: [
      json({ type: "welcome", incarnation: "a" }),
      json({ type: "answer", id: 1, result: ["n", "m"] }),
      json({ type: "answer", id: 1, result: CLAIM }),
      json({ type: "taken", claim: CLAIM }),
    ],
    parse: parseHubControl,
  },
  "frames of a connection": {
    samples: [Buffer.concat([frame("n", Buffer.from("body")), frame("", Buffer.from("{}"))])],
    parse(bytes) {
      const reader = new FrameReader();
      const at = bytes.length >> 1;
      for (const part of [bytes.subarray(0, at), bytes.subarray(at)]) reader.read(part, () => {});
    },
  },
  "a message in Redis": {
    samples: [encodeMessage("n", Buffer.from("body")), Buffer.from(encodeTaken(CLAIM))],
    parse: (bytes) => decodeInbox(bytes, "me"),
  },
  "a claim in Redis": { samples: [Buffer.from("node id")], parse: (bytes) => parseClaim("k", bytes.toString()) },
};

test.each(Object.entries(KINDS))("%s with random changes is parsed, or refused with a short error", (_, kind) => {
  const random = new SeededRandom(SEED);
  const below = (limit: number) => Math.floor(random.fraction() * limit);
  const counts = { parsed: 0, refused: 0 };
  for (let run = 0; run < RUNS; run++) {
    let bytes = Buffer.from(random.pick(kind.samples));
    for (let edits = below(4); edits >= 0; edits--) {
      const at = below(bytes.length);
      const choice = below(4);
      if (choice === 0) bytes = bytes.subarray(0, at);
      else if (choice === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(bytes.length))]);
      else if (choice === 2) bytes = Buffer.concat([bytes, Buffer.alloc(300, bytes[at])]);
      else bytes[at] = below(256);
    }
    try {
      kind.parse(bytes);
      counts.parsed++;
    } catch (error) {
      const { message } = error as Error;
      const isExpected = error instanceof Error && !(error instanceof RangeError) && message.length < 400;
      if (!isExpected) expect.fail(`seed ${SEED}, run ${run}: ${bytes.toString("latin1")}: ${String(error)}`);
      counts.refused++;
    }
  }
  expect(counts.parsed).toBeGreaterThan(0);
  expect(counts.refused).toBeGreaterThan(RUNS / 20);
});
