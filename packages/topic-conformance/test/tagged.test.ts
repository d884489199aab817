import { buildTopicParams, float } from "@trading/topic";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TAG_FEATURES } from "../harnesses/node/tagged.mjs";
import { fromTagged, jsFeatures, toTagged } from "../src/tagged.js";
import { loadVectors } from "../src/vectors.js";

describe("fromTagged", () => {
  test.each([
    [{ $float: "1.0" }, float(1)],
    [{ $float: "1.5" }, 1.5],
    [{ $float: "-0.0" }, float(-0)],
    [{ $float: "nan" }, Number.NaN],
    [{ $float: "-inf" }, Number.NEGATIVE_INFINITY],
    [{ $int: "9007199254740993" }, 9007199254740993n],
    [{ $number: "1e21" }, 1e21],
    [{ $utf16: "d83d" }, "\ud83d"],
    [
      {
        $object: [
          ["$int", "1"],
          [{ $utf16: "dead" }, 2],
        ],
      },
      { $int: "1", "\udead": 2 },
    ],
    [{ $repeat: ["ab", 3] }, "ababab"],
    [{ $nest: ["array", 3] }, [[[]]]],
    [{ $nest: ["object", 2] }, { a: {} }],
    [{ $shared: ["object", 1, { $float: "2.5" }] }, { a: 2.5, b: 2.5 }],
    [{ $undefined: true }, undefined],
    [
      { $a: 1, $b: 2 },
      { $a: 1, $b: 2 },
    ],
  ])("%j", (tagged, value) => {
    expect(fromTagged(tagged)).toEqual(value);
  });

  test("makes one container of what is shared, and a cycle of a cycle", () => {
    const [left, right] = fromTagged({ $shared: ["array", 2, 1] }) as [unknown, unknown];
    expect(left).toBe(right);
    const cycle = fromTagged({ $cycle: "object" }) as { self: unknown };
    expect(cycle.self).toBe(cycle);
  });

  test("makes __proto__ a member like any other", () => {
    const value = fromTagged(JSON.parse('{"__proto__":{"a":1}}')) as object;
    expect(Object.keys(value)).toEqual(["__proto__"]);
  });

  test("refuses a tag that it does not know, and a host value that there is not", () => {
    expect(() => fromTagged({ $decimal: "1" })).toThrow(/no tag \$decimal/);
    expect(() => fromTagged({ $host: "named-tuple" })).toThrow(/no host value "named-tuple"/);
  });

  test("reads every vector whose features it declares", () => {
    const declared = new Set([...jsFeatures, "parse"]);
    const asked = loadVectors().cases.filter(({ features }) => features.every((feature) => declared.has(feature)));
    expect(asked.length).toBeGreaterThan(3000);
    for (const { input } of asked) fromTagged(input);
  });

  test("has the values that the starter harness has", () => {
    expect([...jsFeatures].sort()).toEqual([...TAG_FEATURES].sort());
  });
});

describe("toTagged", () => {
  const scalar = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string().map((text) => `${text}\ud800`),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.maxSafeInteger(),
    fc.bigInt(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(float),
    fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
  );
  const key = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "$int", "$float", "", "\udfff"));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: "small" }, scalar, fc.array(tie("value")), fc.dictionary(key, tie("value"))),
  }));

  test("is read back as a value with the same canonical text, through JSON", () => {
    fc.assert(
      fc.property(value, (original) => {
        const line = JSON.stringify(toTagged(original));
        expect(buildTopicParams(fromTagged(JSON.parse(line)))).toBe(buildTopicParams(original));
      }),
    );
  });

  test.each([
    [1, 1],
    [-0, 0],
    [1n, { $int: "1" }],
    [float(1), { $float: "1.0" }],
    [float(1e300), { $float: "1e+300" }],
    [1.5e-7, { $float: "1.5e-07" }],
    [2 ** 53, { $number: "9007199254740992" }],
    [Number.NaN, { $float: "nan" }],
    [float(Number.NEGATIVE_INFINITY), { $float: "-inf" }],
    ["\ud800", { $utf16: "d800" }],
    ["é", "é"],
    [{ $a: 1 }, { $object: [["$a", 1]] }],
    [{ "\ud800": [undefined] }, { $object: [[{ $utf16: "d800" }, [{ $undefined: true }]]] }],
  ])("%o", (plain, tagged) => {
    expect(toTagged(plain)).toEqual(tagged);
  });

  test("refuses what it would change", () => {
    expect(() => toTagged(new Date(0))).toThrow(/no tag for \[object Date\]/);
    expect(() => toTagged(() => 1)).toThrow(/no tag for a function/);
    const cycle: unknown[] = [];
    cycle.push([cycle]);
    expect(() => toTagged(cycle)).toThrow(/a cycle/);
  });
});
