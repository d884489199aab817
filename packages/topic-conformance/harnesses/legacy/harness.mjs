// The harness of the legacy algorithm. The vectors must detect that it differs from the contract. Floats are passed to
// it as plain numbers, as programs do.
import { createInterface } from "node:readline";
import { fromTagged } from "../node/tagged.mjs";
import { buildTopicParams } from "./topic.mjs";

const HELLO = {
  type: "hello",
  protocol: 1,
  name: "legacy",
  language: `TypeScript as documented, Node ${process.versions.node}`,
  version: "1.0.0",
  features: ["float", "lone-surrogate", "undefined", "untyped-number"],
};

function runCase({ seq, op, route, input }) {
  const params = buildTopicParams(fromTagged(input, (number) => number));
  return { type: "result", seq, text: op === "topic" ? `${route}:${params}` : params };
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "bye") break;
  process.stdout.write(`${JSON.stringify(message.type === "hello" ? HELLO : runCase(message))}\n`);
}
// An open stdin would keep the process alive.
process.stdin.destroy();
