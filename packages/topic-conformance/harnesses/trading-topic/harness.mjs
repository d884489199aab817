// The harness of `@trading/topic`. To write a harness for your own implementation, copy ../node.
import { createInterface } from "node:readline";
import { buildTopic, buildTopicParams, parseTopic, TopicError } from "@trading/topic";
import { fromTagged, jsFeatures } from "@trading/topic-conformance";

const HELLO = {
  type: "hello",
  protocol: 1,
  name: "@trading/topic",
  language: `TypeScript, Node ${process.versions.node}`,
  version: "1",
  features: [...jsFeatures, "batch", "error-codes", "length-limit", "parse"],
};

function build({ op, route, input }) {
  const value = fromTagged(input);
  if (op === "params") return buildTopicParams(value);
  if (op === "topic") return buildTopic(route, value);
  const topic = parseTopic(value);
  return buildTopic(topic.route, topic.params);
}

function runCase(message) {
  try {
    return { type: "result", seq: message.seq, text: build(message) };
  } catch (error) {
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
