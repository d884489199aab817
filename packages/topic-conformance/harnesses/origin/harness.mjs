// Drives the origin's own algorithm, to show that the vectors tell it from the contract. It declares what its language
// has: a float is a number there, as it is for a program that uses it.
import { createInterface } from "node:readline";
import { fromTagged } from "../node/tagged.mjs";
import { buildTopicParams } from "./topic.mjs";

const HELLO = {
  type: "hello",
  protocol: 1,
  name: "origin",
  language: `TypeScript as printed, Node ${process.versions.node}`,
  version: "1.0.0",
  features: ["float", "lone-surrogate", "undefined", "untyped-number"],
};

function answer({ seq, op, route, input }) {
  const params = buildTopicParams(fromTagged(input, (number) => number));
  return { type: "result", seq, text: op === "topic" ? `${route}:${params}` : params };
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "bye") break;
  process.stdout.write(`${JSON.stringify(message.type === "hello" ? HELLO : answer(message))}\n`);
}
// An open stdin would keep the process alive.
process.stdin.destroy();
