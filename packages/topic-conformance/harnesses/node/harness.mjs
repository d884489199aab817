// A starter harness: connects the serializer in topic.mjs to `topic-conformance run`. Copy this folder, replace
// topic.mjs with your own implementation, and run:
//
//     npx topic-conformance run -- node harness.mjs
//
// docs/line-protocol.md describes the messages.
import { createInterface } from "node:readline";
import { fromTagged, TAG_FEATURES } from "./tagged.mjs";
import { buildTopic, buildTopicParams, Float, parseTopic, TopicError } from "./topic.mjs";

const HELLO = {
  type: "hello",
  protocol: 1,
  name: "node-starter",
  language: `JavaScript, Node ${process.versions.node}`,
  version: "1.0.0",
  features: [...TAG_FEATURES, "batch", "error-codes", "length-limit", "parse"],
};

function build({ op, route, input }) {
  const value = fromTagged(input, (number) => new Float(number));
  switch (op) {
    case "params":
      return buildTopicParams(value);
    case "topic":
      return buildTopic(route, value);
    case "parse": {
      const topic = parseTopic(value);
      return buildTopic(topic.route, topic.params);
    }
    default:
      throw new Error(`unknown op ${op}`);
  }
}

function runCase(message) {
  try {
    return { type: "result", seq: message.seq, text: build(message) };
  } catch (error) {
    // A TopicError is a deliberate error result. Any other error ends the process, and the runner reports a crash.
    if (!(error instanceof TopicError)) throw error;
    return { type: "result", seq: message.seq, error: error.code, message: error.message };
  }
}

function runBatch({ seq, inputs }) {
  const results = inputs.map((input) => {
    const { text, error } = runCase({ op: "params", input });
    return text ?? { error };
  });
  return { type: "batch", seq, results };
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "bye") break;
  const run = { hello: () => HELLO, case: runCase, batch: runBatch }[message.type];
  process.stdout.write(`${JSON.stringify(run(message))}\n`);
}
// An open stdin would keep the process alive.
process.stdin.destroy();
