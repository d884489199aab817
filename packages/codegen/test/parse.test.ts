import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "../src/parse.js";
import { CodegenError } from "../src/problem.js";
import { call, folder, generated } from "./support.js";

/** Returns the message of the error that a text is refused with. */
function errorOf(text: string): string {
  try {
    return expect.fail(`This was parsed: ${JSON.stringify(parse(text))}`);
  } catch (error) {
    if (error instanceof CodegenError) return error.message;
    throw error;
  }
}

describe("YAML merge keys", () => {
  test.each([
    ["a map", "a: &a {x: 1}\nb:\n  <<: *a\n  y: 2", { x: 1, y: 2 }],
    ["a map after the own keys", "a: &a {x: 1, y: 1}\nb:\n  y: 2\n  <<: *a", { x: 1, y: 2 }],
    ["a list, in which the first map wins", "a: [&a {x: 1}, &b {x: 2, z: 3}]\nb: {<<: [*a, *b]}", { x: 1, z: 3 }],
    ["a map that merges another one", "a: [&a {x: 1}, &b {<<: *a, z: 3}]\nb: {<<: *b, y: 2}", { x: 1, z: 3, y: 2 }],
    ["a map in place", "b: {<<: {x: 1}, y: 2}", { x: 1, y: 2 }],
    ["a quoted key, which is not a merge", 'b: {"<<": {x: 1}}', { "<<": { x: 1 } }],
    ["an anchor that is set twice", "a: &a {x: 1}\nc: &a {x: 2}\nb: {<<: *a}", { x: 2 }],
  ])("merges %s", (_, text, b) => {
    expect(parse(text)).toMatchObject({ b });
    expect((parse(text) as { b: object }).b).toEqual(b);
  });

  test.each(["<<: 3", "<<: *missing", "<<: [1]"])("refuses %s", (member) => {
    expect(errorOf(`b:\n  ${member}\n  x: 1`)).toContain("This YAML cannot be read");
  });

  test("keeps every field of a contract", async () => {
    const text = `
asyncapi: 2.4.0
info: {title: A test, version: "1"}
channels:
  /: {publish: {message: {$ref: "#/components/messages/bars.subscribe"}}, subscribe: {message: {$ref: "#/components/messages/bars.update"}}}
components:
  schemas:
    Time: &time {time: {type: integer}}
  messages:
    bars.subscribe:
      name: bars.subscribe
      payload:
        type: object
        required: [type, payload]
        properties:
          type: {const: bars.subscribe}
          payload: {type: object, required: [symbol], properties: {symbol: {type: string}}}
    bars.update:
      name: bars.update
      payload:
        type: object
        required: [topic, payload]
        properties:
          topic: {type: string}
          payload:
            type: object
            required: [time, close]
            properties:
              <<: *time
              close: {type: number}
`;
    const { text: code } = await generated(parse(text), { keys: new Map([["bars", "time"]]) });
    expect(code).toContain("time: number;");
    expect(code).toContain("close: number;");
    expect(code).toContain('key: "time"');
  });
});

describe("differences between YAML 1.1 and 1.2", () => {
  test.each(["yes", "No", "ON", "off", "010", "-017", "0b11", "1_000", "12:30", "12:30:45", "0o10", "1e3"])(
    "refuses the value %s, which has another type in each",
    (value) => {
      const error = errorOf(`x:\n  enum: [a, ${value}]`);
      expect(error).toContain(`YAML 1.1 and 1.2 read ${value} differently, line 2, column 13: quote it`);
      expect(errorOf(`properties:\n  name: {const: ${value}}`)).toContain(value);
      expect(errorOf(`schemas:\n  info: {additionalProperties: ${value}}`)).toContain(value);
    },
  );

  test("reads it where it can only be text, quoted, as a key, and as 1.1 with a directive", () => {
    expect(
      parse("description: yes\nname: on\nrequired: [no]\ninfo: {version: 1_0}\nexamples: [{x: 010}]"),
    ).toMatchObject({
      description: "yes",
      name: "on",
      required: ["no"],
    });
    expect(parse("enum: ['yes', \"010\"]")).toEqual({ enum: ["yes", "010"] });
    expect(parse("properties: {on: {type: string}, 010: 1, n: 2}")).toEqual({
      properties: { on: { type: "string" }, "010": 1, n: 2 },
    });
    expect(parse("%YAML 1.1\n---\nenum: [yes, 010, 1_000]")).toEqual({ enum: [true, 8, 1000] });
  });

  test("reads numbers, booleans and null as JSON does", () => {
    expect(parse("[1, 1.5, -3, true, false, null, ~, 0x1F, 2020-01-01, y, n]")).toEqual([
      ...[1, 1.5, -3, true, false, null, null, 31, "2020-01-01", "y", "n"],
    ]);
  });
});

describe("keys", () => {
  test("are the text that the document has", () => {
    expect(parse("200: a\n2.0: b\ntrue: c\n~: d")).toEqual({ 200: "a", "2.0": "b", true: "c", "~": "d" });
    expect(parse("__proto__: {x: 1}")).toEqual(JSON.parse('{"__proto__": {"x": 1}}'));
  });

  test.each([
    ["YAML", "a: 1\nb: 2\na: 3", "has a key twice: line 3, column 1"],
    ["a number and a string", "1: a\n'1': b", "has a key twice: line 2, column 1"],
    ["JSON", '{\n "a": {"b": 1, "c": {"b": 2}},\n "b": ["a", {"a": 3}], "a": 4}', 'has the key "a" twice: line 3'],
    ["JSON with escapes", '{"a{\\"": 1, "\\u0061{\\"": 2}', 'has the key "a{\\"" twice: line 1'],
    ["a list as a key", "? [x]\n: y", "all keys must be strings"],
  ])("are refused: %s", (_, text, message) => {
    expect(errorOf(text)).toContain(message);
  });

  test("can repeat in different objects", () => {
    expect(parse('{"a": {"a": ["a", {"a": ":"}]}, "b": {"a": 1}}')).toEqual({
      a: { a: ["a", { a: ":" }] },
      b: { a: 1 },
    });
  });
});

describe("other YAML", () => {
  test("reads comments, block text and anchors", () => {
    expect(parse("# a comment\na: &a [1] # another\nb: *a\nc: |\n  # text\n")).toEqual({
      a: [1],
      b: [1],
      c: "# text\n",
    });
  });

  test("reads an anchor that is used more often than the parser's default allows", () => {
    const text = `a: &a {x: 1}\n${Array.from({ length: 500 }, (_, index) => `b${index}: *a`).join("\n")}`;
    expect(parse(text)).toMatchObject({ b499: { x: 1 } });
  });

  test.each([
    ["two documents", "a: 1\n---\nb: 2", "several YAML documents, the second at line 2, column 1: keep one"],
    ["an unknown tag", "a: !decimal 1", "unknown tag, line 1, column 4"],
    ["infinity", "a: [.inf]", "Infinity is not a JSON value"],
    ["a date of 1.1", "%YAML 1.1\n---\na: 2020-01-01", "2020-01-01T00:00:00.000Z is not a JSON value"],
    ["a set of 1.1", "%YAML 1.1\n---\na: !!set {x}", "is not a JSON value"],
    ["an alias within its anchor", "a: &a {b: [*a]}", "leads back to a part that contains it"],
    ["an alias without an anchor", "a: *b", "Unresolved alias"],
  ])("refuses %s", (_, text, message) => {
    expect(errorOf(text)).toContain(message);
  });

  test("is refused by the command without a stack trace", async () => {
    const spec = `${folder()}/spec.yaml`;
    writeFileSync(spec, "asyncapi: 2.4.0\nx: {enum: [yes]}\n");
    const { code, err } = await call("--spec", spec, "--out", `${spec}.ts`);
    expect(code).toBe(2);
    expect(err).toContain("YAML 1.1 and 1.2 read yes differently, line 2, column 12");
  });
});
