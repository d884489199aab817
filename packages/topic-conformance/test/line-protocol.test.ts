import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { HARNESSES } from "../src/harnesses.js";
import { startImplementation } from "../src/implementation.js";
import { Lines } from "../src/lines.js";
import { aCase, scripted } from "./support/scripted.js";

const schema = (name: string) => JSON.parse(readFileSync(new URL(`../schemas/${name}`, import.meta.url), "utf8"));
const ajv = new Ajv2020({
  strict: false,
  schemas: [schema("tagged.schema.json"), schema("line-protocol.schema.json")],
});

const timeouts = { helloTimeoutMs: 10_000, caseTimeoutMs: 10_000 };

function expectValid(part: "fromRunner" | "fromImplementation", message: unknown): void {
  const reference = `line-protocol.schema.json#/$defs/${part}`;
  expect(ajv.validate(reference, message), ajv.errorsText()).toBe(true);
}

test("what the runner sends is by the schema, a line of ASCII each", async () => {
  const implementation = await startImplementation(scripted(), timeouts);
  const input = "line as it came";
  for (const vector of [aCase("w-1", input), aCase("w-2", input, { op: "topic", route: "é\ud83d" })]) {
    const answer = await implementation.ask(vector);
    if (answer.kind !== "built") throw new Error(answer.kind);
    expectValid("fromRunner", JSON.parse(answer.text));
    expect(answer.text).toMatch(/^[ -~]*$/);
  }
  expect(await implementation.bye()).toBeUndefined();
});

test("what the starter harness in Node says of itself is by the schema", async () => {
  const command = HARNESSES.find(({ name }) => name === "node")?.command ?? [];
  const implementation = await startImplementation(command, timeouts);
  expectValid("fromImplementation", implementation.hello);
  await implementation.bye();
});

test("lines are found however they are cut, with either end, and the last one only if it is whole", async () => {
  const lines = new Lines(Readable.from([Buffer.from("a"), Buffer.from("b\nc\r\n\nd"), Buffer.from("\ne")]));
  const read: (string | undefined)[] = [];
  for (let at = 0; at < 5; at++) read.push((await lines.next())?.toString());
  expect(read).toEqual(["ab", "c", "", "d", undefined]);
});
