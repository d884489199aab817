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

  test("returns the same container for shared members, and a cycle for $cycle", () => {
    const [left, right] = fromTagged({ $shared: ["array", 2, 1] }) as [unknown, unknown];
    expect(left).toBe(right);
    const cycle = fromTagged({ $cycle: "object" }) as { self: unknown };
    expect(cycle.self).toBe(cycle);
  });

  test("treats __proto__ as an ordinary key", () => {
    const value = fromTagged(JSON.parse('{"__proto__":{"a":1}}')) as object;
    expect(Object.keys(value)).toEqual(["__proto__"]);
  });

  test("throws for an unknown tag and for an unknown host value", () => {
    expect(() => fromTagged({ $decimal: "1" })).toThrow(/unknown tag "\$decimal"/);
    expect(() => fromTagged({ $host: "named-tuple" })).toThrow(/no host value "named-tuple"/);
  });

  test("converts every vector whose features are declared", () => {
    const declared = new Set([...jsFeatures, "parse"]);
    const supported = loadVectors().cases.filter(({ features }) => features.every((feature) => declared.has(feature)));
    expect(supported.length).toBeGreaterThan(3000);
    for (const { input } of supported) fromTagged(input);
  });

  test("supports the same features as the starter harness", () => {
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

  test("produces JSON that fromTagged converts to a value with the same canonical text", () => {
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

  test("throws for values that it cannot represent", () => {
    expect(() => toTagged(new Date(0))).toThrow(/cannot tag \[object Date\]/);
    expect(() => toTagged(() => 1)).toThrow(/cannot tag a function/);
    const cycle: unknown[] = [];
    cycle.push([cycle]);
    expect(() => toTagged(cycle)).toThrow(/cannot tag a cycle/);
  });
});
