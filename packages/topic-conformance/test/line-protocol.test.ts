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

const timeouts = { helloTimeoutMs: 60_000, caseTimeoutMs: 60_000 };

function expectValid(part: "fromRunner" | "fromImplementation", message: unknown): void {
  const reference = `line-protocol.schema.json#/$defs/${part}`;
  expect(ajv.validate(reference, message), ajv.errorsText()).toBe(true);
}

test("the runner sends messages that match the schema, one line of ASCII each", async () => {
  const implementation = await startImplementation(scripted(), timeouts);
  const input = "echo line";
  for (const vector of [aCase("w-1", input), aCase("w-2", input, { op: "topic", route: "é\ud83d" })]) {
    const reply = await implementation.runCase(vector);
    if (reply.kind !== "built") throw new Error(reply.kind);
    expectValid("fromRunner", JSON.parse(reply.text));
    expect(reply.text).toMatch(/^[ -~]*$/);
  }
  expect(await implementation.bye()).toBeUndefined();
});

test("the starter harness in Node sends a hello that matches the schema", async () => {
  const command = HARNESSES.find(({ name }) => name === "node")?.command ?? [];
  const implementation = await startImplementation(command, timeouts);
  expectValid("fromImplementation", implementation.hello);
  await implementation.bye();
});

test("Lines joins chunks, accepts LF and CRLF, and discards an incomplete last line", async () => {
  const lines = new Lines(Readable.from([Buffer.from("a"), Buffer.from("b\nc\r\n\nd"), Buffer.from("\ne")]));
  const read: (string | undefined)[] = [];
  for (let at = 0; at < 5; at++) read.push((await lines.next())?.toString());
  expect(read).toEqual(["ab", "c", "", "d", undefined]);
});
