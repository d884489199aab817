import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { loadVectors, type Manifest, type Vector } from "../src/vectors.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest: Manifest = JSON.parse(read("vectors/manifest.json"));
const { cases } = loadVectors();

const ajv = new Ajv2020({ allowUnionTypes: true, strictRequired: false });
ajv.addSchema(schema("tagged"));
ajv.addSchema(schema("line-protocol"));
const isVector = ajv.compile<Vector>(schema("vector"));
const isLine = ajv.getSchema("line-protocol.schema.json");

interface Definitions {
  readonly tag: { readonly properties: object };
  readonly hostKind: { readonly enum: readonly string[] };
  readonly errorCode: { readonly enum: readonly string[] };
}

function read(path: string): string {
  return readFileSync(`${root}${path}`, "utf8");
}

function schema(name: string): object {
  return JSON.parse(read(`schemas/${name}.schema.json`));
}

function find(id: string): Vector {
  const found = cases.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`unknown case ${id}`);
  return found;
}

describe("the vectors", () => {
  test("are at least 2,000, in exactly the files that the manifest lists", () => {
    expect(cases.length).toBeGreaterThanOrEqual(2000);
    const files = readdirSync(`${root}vectors`).filter((name) => name.endsWith(".jsonl"));
    expect(manifest.files.map(({ name }) => name).toSorted()).toEqual(files.toSorted());
    for (const { name, cases: count } of manifest.files) {
      expect(cases.filter(({ theme }) => `${theme}.jsonl` === name)).toHaveLength(count);
    }
  });

  test("match their schema", () => {
    for (const { theme, ...line } of cases) {
      expect(isVector(line), `${line.id} of ${theme}: ${ajv.errorsText(isVector.errors)}`).toBe(true);
    }
  });

  test("are ASCII with one line per case", () => {
    for (const { name, cases: count } of manifest.files) {
      expect(read(`vectors/${name}`), name).toMatch(/^(?:[ -~]+\n)+$/);
      expect(read(`vectors/${name}`).split("\n"), name).toHaveLength(count + 1);
    }
  });

  test("have unique ids, numbered in order within their theme", () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    const next = new Map<string, number>();
    for (const { id, theme } of cases) {
      const number = (next.get(theme) ?? 0) + 1;
      next.set(theme, number);
      expect(id).toMatch(new RegExp(`^[a-z]+-${String(number).padStart(4, "0")}$`));
    }
  });

  test("keep the ids of the first version", () => {
    // If one of these fails, an id was reassigned: add new cases at the end of their theme.
    expect(find("table-0001").expect).toMatchObject({ text: '{"symbol":""}' });
    expect(find("str-0249")).toMatchObject({ input: "a, b", since: "1.1.0" });
    expect(find("num-0138").expect).toEqual({ refused: "integer_too_long" });
    expect(find("float-0001").expect).toMatchObject({ text: "5e-324" });
    expect(find("key-0002").expect).toMatchObject({ text: '{"1":3,"10":1,"2":4,"9":2}' });
    expect(find("refuse-0001").input).toEqual({ $host: "date" });
    expect(find("route-0001").expect).toMatchObject({ text: 'bars:{"resolution":"1","symbol":"AAPL"}' });
  });

  test("have a hex that equals the text", () => {
    for (const { id, expect: expected } of cases) {
      if ("text" in expected) expect(Buffer.from(expected.hex, "hex").toString("latin1"), id).toBe(expected.text);
    }
  });

  test("declare each feature that their input requires", () => {
    const required: Readonly<Record<string, string>> = {
      $float: "float",
      $int: "bigint",
      $number: "untyped-number",
      $undefined: "undefined",
      $cycle: "cycle",
      $shared: "shared",
    };
    for (const { id, op, input, features } of cases) {
      const text = JSON.stringify(input);
      for (const [tag, feature] of Object.entries(required)) {
        if (text.includes(`{"${tag}":`)) expect(features, id).toContain(feature);
      }
      for (const [, kind] of text.matchAll(/\{"\$host":"([a-z-]+)"\}/g)) expect(features, id).toContain(`host-${kind}`);
      if (op === "parse") expect(features, id).toContain("parse");
      expect([...features].toSorted(), id).toEqual(features);
    }
  });

  test("cover every tag, host value and error code of the schema", () => {
    const { tag, hostKind, errorCode } = (schema("tagged") as { $defs: Definitions }).$defs;
    const all = JSON.stringify(cases.map(({ input }) => input));
    for (const name of Object.keys(tag.properties)) expect(all).toContain(`{"${name}":`);
    for (const kind of hostKind.enum) expect(all).toContain(`{"$host":"${kind}"}`);
    const refused = new Set(cases.map(({ expect: expected }) => ("refused" in expected ? expected.refused : "")));
    for (const code of errorCode.enum) expect(refused).toContain(code);
  });
});

describe("the schema of the line protocol", () => {
  test("accepts every line of the example session in docs/line-protocol.md", () => {
    const session = /```\n(→[\s\S]*?)```/.exec(read("docs/line-protocol.md"))?.[1] ?? "";
    const lines = session.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      const side = line.startsWith("→") ? "fromRunner" : "fromImplementation";
      const check = ajv.getSchema(`line-protocol.schema.json#/$defs/${side}`);
      expect(check?.(JSON.parse(line.slice(2))), `${line}: ${ajv.errorsText(check?.errors)}`).toBe(true);
    }
  });

  test.each([
    ["an unknown type", { type: "goodbye" }],
    ["a result without text or error", { type: "result", seq: 1 }],
    ["a result with both", { type: "result", seq: 1, text: "a", error: "cycle" }],
    ["a topic case without a route", { type: "case", seq: 1, op: "topic", input: 1 }],
    ["a route with op params", { type: "case", seq: 1, op: "params", route: "bars", input: 1 }],
    ["a seq that is not a number", { type: "case", seq: "1", op: "params", input: 1 }],
    ["an unknown feature", { ...hello(), features: ["floats"] }],
    ["a duplicate feature", { ...hello(), features: ["float", "float"] }],
    ["an implementation without a name", { ...hello(), name: "" }],
  ])("rejects %s", (_, line) => {
    expect(isLine?.(line)).toBe(false);
  });

  function hello(): object {
    return { type: "hello", protocol: 1, name: "a", language: "b", version: "c", features: [] };
  }
});

describe("the schema of tagged values", () => {
  const isTagged = ajv.getSchema("tagged.schema.json");

  test.each([
    ["a plain number with a fraction", 1.5],
    ["a plain number beyond the safe integers", 2 ** 53],
    ["two tags in one object", { $int: "1", $float: "1.0" }],
    ["a tag with another member", { $int: "1", a: 1 }],
    ["an unknown tag", { $integer: "1" }],
    ["an unknown host value", { $host: "dates" }],
    ["a float that is not in Python notation", { $float: "1e5" }],
    ["an integer with a leading zero", { $int: "01" }],
    ["a plain string with a lone surrogate", "\ud83d"],
    ["a plain key with a lone surrogate", { "\ud83d": 1 }],
    ["a UTF-16 unit of three digits", { $utf16: "00e" }],
    ["an invalid nested value", { a: [{ b: 1.5 }] }],
  ])("rejects %s", (_, tagged) => {
    expect(isTagged?.(tagged)).toBe(false);
  });

  test.each([[{ $object: [["$a", { $utf16: "d83d" }]] }], [{ a: [null, "😀", { $repeat: ["é", 3] }] }], [{}]])(
    "accepts %j",
    (tagged) => {
      expect(isTagged?.(tagged), ajv.errorsText(isTagged?.errors)).toBe(true);
    },
  );
});
