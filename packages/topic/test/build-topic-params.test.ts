import { runInNewContext } from "node:vm";
import { buildTopicParams, float, TopicError } from "@trading/topic";
import { describe, expect, test } from "vitest";

function refusal(input: unknown): { code: string; path: string; message: string } {
  try {
    buildTopicParams(input);
  } catch (error) {
    if (error instanceof TopicError) return error;
    throw error;
  }
  throw new Error(`not refused: ${buildTopicParams(input).slice(0, 100)}`);
}

describe("the rows on which the origin's two languages disagree", () => {
  test.each<[unknown, string]>([
    [{ symbol: null }, '{"symbol":""}'],
    [null, '""'],
    [[null], '[""]'],
    [{ s: "é" }, '{"s":"\\u00e9"}'],
    ["日本😀", '"\\u65e5\\u672c\\ud83d\\ude00"'],
    ["\u007f\u2028", '"\\u007f\\u2028"'],
    [{ "😀": 1, "\uffee": 2 }, '{"\\uffee":2,"\\ud83d\\ude00":1}'],
    [[float(1), float(1e16), float(100_000)], "[1.0,1e+16,100000.0]"],
    [[1e-5, 1.5e-7, 1e-4], "[1e-05,1.5e-07,0.0001]"],
    [[-0, float(-0)], "[0,-0.0]"],
    [9007199254740993n, "9007199254740993"],
  ])("row %#", (input, text) => expect(buildTopicParams(input)).toBe(text));
});

test("sorts keys at every level and keeps the order of arrays", () => {
  const input = { b: [{ z: 1, a: [3, 1, 2] }], a: { "10": 1, "9": 2, "": 3 } };
  expect(buildTopicParams(input)).toBe('{"a":{"":3,"10":1,"9":2},"b":[{"a":[3,1,2],"z":1}]}');
});

test("takes __proto__, constructor and toString as keys like any other", () => {
  const input = JSON.parse('{"toString":1,"__proto__":{"x":1},"constructor":2}');
  expect(buildTopicParams(input)).toBe('{"__proto__":{"x":1},"constructor":2,"toString":1}');
});

test("undefined counts as null, a hole does not", () => {
  expect(buildTopicParams({ a: undefined, b: [undefined] })).toBe('{"a":"","b":[""]}');
  expect(refusal(new Array(3))).toMatchObject({ code: "sparse_array", path: "" });
});

test("takes plain data of another realm", () => {
  expect(buildTopicParams(runInNewContext("({ b: [1, { c: null }], a: Object.create(null) })"))).toBe(
    '{"a":{},"b":[1,{"c":""}]}',
  );
  expect(refusal(runInNewContext("new Date(0)")).code).toBe("unsupported_type");
  expect(refusal(runInNewContext("new (class Object {})()")).code).toBe("unsupported_type");
});

describe("refuses, with the path to the value and what to write", () => {
  class Order {
    readonly id = 1;
  }
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const trap = (name: keyof ProxyHandler<object>) =>
    new Proxy<Record<string, unknown>>(
      { a: 1 },
      {
        [name]: () => {
          throw new Error("trap");
        },
      },
    );
  const named = Object.assign([1, 2], { index: 0 });
  const holeAndName = Object.assign(new Array(1), { name: 0 });

  test.each<[string, unknown, string]>([
    ["a function", () => 1, "unsupported_type"],
    ["a symbol", Symbol("x"), "unsupported_type"],
    ["a Date", new Date(0), "unsupported_type"],
    ["an invalid Date", new Date(Number.NaN), "unsupported_type"],
    ["a Map", new Map(), "unsupported_type"],
    ["a Set", new Set(), "unsupported_type"],
    ["a boxed number", Object(1), "unsupported_type"],
    ["a boxed string", Object("a"), "unsupported_type"],
    ["a boxed bigint", Object(1n), "unsupported_type"],
    ["bytes", new Uint8Array(2), "unsupported_type"],
    ["a class instance", new Order(), "unsupported_type"],
    ["an array subclass", new (class extends Array {})(), "unsupported_type"],
    ["an array without a prototype", Object.setPrototypeOf([], null), "unsupported_type"],
    ["an object on a plain object", Object.create({ a: 1 }), "unsupported_type"],
    ["an object on a null-prototype object", Object.create(Object.create(null)), "unsupported_type"],
    ["a regular expression", /a/, "unsupported_type"],
    ["a promise", Promise.resolve(1), "unsupported_type"],
    ["a generator", (function* () {})(), "unsupported_type"],
    [
      "a float mark that is a getter",
      Object.defineProperty({}, Symbol.for("@trading/topic.float"), { get: () => 1 }),
      "symbol_key",
    ],
    ["a symbol key", { [Symbol("k")]: 1 }, "symbol_key"],
    ["a float mark that is no number", { [Symbol.for("@trading/topic.float")]: "1" }, "symbol_key"],
    ["a whole number past 2^53 - 1", 2 ** 53, "ambiguous_number"],
    ["1e21", -1e21, "ambiguous_number"],
    ["NaN", Number.NaN, "not_finite"],
    ["Infinity", Number.POSITIVE_INFINITY, "not_finite"],
    ["a float that is not finite", float(Number.NaN), "not_finite"],
    ["an integer of 4301 digits", 10n ** 4300n, "integer_too_long"],
    ["an array with names", named, "sparse_array"],
    ["a revoked proxy", revoked.proxy, "unreadable"],
    ["a proxy that throws at its keys", trap("ownKeys"), "unreadable"],
    ["a proxy that throws at its prototype", trap("getPrototypeOf"), "unreadable"],
    ["a proxy that throws at a member", trap("getOwnPropertyDescriptor"), "unreadable"],
  ])("%s", (_, input, code) => {
    const inside = refusal({ list: [0, { "a/b~c": input }] });
    expect(inside).toMatchObject({ code, path: "/list/1/a~1b~0c" });
    expect(inside.message).toContain('"/list/1/a~1b~0c"');
    expect(refusal(input)).toMatchObject({ code, path: "" });
  });

  test("a getter, without running it", () => {
    let ran = 0;
    const getter = {
      get price() {
        return ++ran;
      },
    };
    expect(refusal(getter)).toMatchObject({ code: "accessor", path: "/price" });
    expect(refusal(Object.defineProperty([1], 0, { get: () => ++ran, enumerable: true }))).toMatchObject({
      path: "/0",
    });
    expect(refusal({ set price(_: number) {} })).toMatchObject({ code: "accessor" });
    expect(ran).toBe(0);
  });

  test("a hole that a named member makes up for", () => {
    expect(refusal(holeAndName)).toMatchObject({ code: "sparse_array" });
  });

  test("what a trap throws is kept as the cause", () => {
    expect(refusal([trap("ownKeys")])).toMatchObject({ path: "/0", cause: new Error("trap") });
  });

  test("toJSON is not called", () => {
    expect(buildTopicParams({ toJSON: "text" })).toBe('{"toJSON":"text"}');
    expect(refusal({ toJSON: () => 1 })).toMatchObject({ code: "unsupported_type", path: "/toJSON" });
  });
});

describe("hostile input", () => {
  const nested = (levels: number, around: (value: unknown) => unknown, seed: unknown = []) => {
    let value = seed;
    for (let level = 1; level < levels; level++) value = around(value);
    return value;
  };

  test("64 containers pass, the 65th is refused", () => {
    expect(buildTopicParams(nested(64, (value) => [value]))).toBe("[".repeat(64) + "]".repeat(64));
    expect(refusal(nested(65, (value) => [value]))).toMatchObject({ code: "too_deep", path: "/0".repeat(64) });
    expect(refusal(nested(100_000, (value) => ({ value }))).code).toBe("too_deep");
  });

  test("a float is no container: it may stand inside the 64th", () => {
    expect(buildTopicParams(nested(64, (value) => [value], [float(1)]))).toContain("[1.0]");
  });

  test("the limit counts what stands around a value too, so that no level starts anew", () => {
    const long = "é".repeat(2.79e6);
    expect(refusal(nested(63, (value) => [long, value]))).toMatchObject({ code: "too_long", path: "/1/0" });
  });

  test("an array that could only be too long is refused before its keys are listed", () => {
    expect(refusal(new Array(2 ** 31).fill(0, 0, 10)).code).toBe("too_long");
  });

  test("messages stay short, whatever a value calls itself", () => {
    const loud = { [Symbol.toStringTag]: "x".repeat(1e6) };
    expect(refusal(loud).message.length).toBeLessThan(200);
    expect(refusal(Symbol("x".repeat(1e6))).message.length).toBeLessThan(200);
    const far = refusal({ ["k".repeat(1e6)]: () => 1 });
    expect(far.message.length).toBeLessThan(300);
    expect(far.path).toHaveLength(1e6 + 1);
  });

  test("cycles are refused, shared parts are not", () => {
    const shared = { a: 1 };
    expect(buildTopicParams([shared, shared])).toBe('[{"a":1},{"a":1}]');
    const cycle: Record<string, unknown> = { a: { b: [] } };
    (cycle.a as { b: unknown[] }).b.push(cycle);
    expect(refusal(cycle)).toMatchObject({ code: "cycle", path: "/a/b/0" });
  });

  test("a small value that stands for 2^60 is refused instead of hanging", () => {
    expect(refusal(nested(60, (value) => [value, value])).code).toBe("too_long");
  });

  test("proxies that never end are refused", () => {
    const endless = (): object =>
      new Proxy(
        {},
        {
          ownKeys: () => ["a", "b"],
          getOwnPropertyDescriptor: () => ({ value: endless(), enumerable: true, configurable: true }),
        },
      );
    expect(refusal(endless()).code).toBe("too_deep");
  });

  test("megabyte strings pass, as values and as keys, up to the limit on the text", () => {
    const long = "é".repeat(2 ** 20);
    expect(buildTopicParams({ [long]: long })).toHaveLength(2 * (6 * 2 ** 20 + 2) + 3);
    expect(refusal({ a: "x".repeat(2 ** 24) }).code).toBe("too_long");
    expect(refusal("x".repeat(2 ** 24 - 1)).code).toBe("too_long");
    expect(buildTopicParams("x".repeat(2 ** 24 - 2))).toHaveLength(2 ** 24);
    expect(buildTopicParams(["x".repeat(2 ** 24 - 4)])).toHaveLength(2 ** 24);
    expect(refusal(["x".repeat(2 ** 24 - 3)]).code).toBe("too_long");
    expect(refusal("x".repeat(2 ** 29 - 24)).code).toBe("too_long");
  });

  test("a bigint of a million digits is refused before it is printed", () => {
    expect(refusal({ n: 1n << 4_000_000n })).toMatchObject({ code: "integer_too_long", path: "/n" });
    expect(buildTopicParams(10n ** 4300n - 1n)).toBe("9".repeat(4300));
  });

  test("a value that throws while it is described is still refused", () => {
    const evil = () => 1;
    Object.defineProperty(evil, Symbol.toStringTag, {
      get() {
        throw new Error("described");
      },
    });
    expect(refusal({ evil })).toMatchObject({ code: "unsupported_type", path: "/evil" });
  });
});
