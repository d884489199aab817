import { runInNewContext } from "node:vm";
import { buildTopicParams, float, TopicError } from "@trading/topic";
import { describe, expect, test } from "vitest";

function errorOf(input: unknown): { code: string; path: string; message: string } {
  try {
    buildTopicParams(input);
  } catch (error) {
    if (error instanceof TopicError) return error;
    throw error;
  }
  throw new Error(`did not throw: ${buildTopicParams(input).slice(0, 100)}`);
}

describe("builds Python's bytes where JavaScript's JSON.stringify differs", () => {
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

test("treats __proto__, constructor and toString as ordinary keys", () => {
  const input = JSON.parse('{"toString":1,"__proto__":{"x":1},"constructor":2}');
  expect(buildTopicParams(input)).toBe('{"__proto__":{"x":1},"constructor":2,"toString":1}');
});

test("treats undefined as null, but rejects a hole", () => {
  expect(buildTopicParams({ a: undefined, b: [undefined] })).toBe('{"a":"","b":[""]}');
  expect(errorOf(new Array(3))).toMatchObject({ code: "sparse_array", path: "" });
});

test("accepts plain data of another realm", () => {
  expect(buildTopicParams(runInNewContext("({ b: [1, { c: null }], a: Object.create(null) })"))).toBe(
    '{"a":{},"b":[1,{"c":""}]}',
  );
  expect(errorOf(runInNewContext("new Date(0)")).code).toBe("unsupported_type");
  expect(errorOf(runInNewContext("new (class Object {})()")).code).toBe("unsupported_type");
});

describe("rejects, with the path to the value", () => {
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
    ["an object that inherits from a plain object", Object.create({ a: 1 }), "unsupported_type"],
    ["an object that inherits from a null-prototype object", Object.create(Object.create(null)), "unsupported_type"],
    ["a regular expression", /a/, "unsupported_type"],
    ["a promise", Promise.resolve(1), "unsupported_type"],
    ["a generator", (function* () {})(), "unsupported_type"],
    [
      "a float mark that is a getter",
      Object.defineProperty({}, Symbol.for("@trading/topic.float"), { get: () => 1 }),
      "symbol_key",
    ],
    ["a symbol key", { [Symbol("k")]: 1 }, "symbol_key"],
    ["a float mark that is not a number", { [Symbol.for("@trading/topic.float")]: "1" }, "symbol_key"],
    ["a whole number beyond 2^53 - 1", 2 ** 53, "ambiguous_number"],
    ["1e21", -1e21, "ambiguous_number"],
    ["NaN", Number.NaN, "not_finite"],
    ["Infinity", Number.POSITIVE_INFINITY, "not_finite"],
    ["a float that is not finite", float(Number.NaN), "not_finite"],
    ["an integer of 4301 digits", 10n ** 4300n, "integer_too_long"],
    ["an array with named properties", named, "sparse_array"],
    ["a revoked proxy", revoked.proxy, "unreadable"],
    ["a proxy that throws when its keys are read", trap("ownKeys"), "unreadable"],
    ["a proxy that throws when its prototype is read", trap("getPrototypeOf"), "unreadable"],
    ["a proxy that throws when a member is read", trap("getOwnPropertyDescriptor"), "unreadable"],
  ])("%s", (_, input, code) => {
    const inside = errorOf({ list: [0, { "a/b~c": input }] });
    expect(inside).toMatchObject({ code, path: "/list/1/a~1b~0c" });
    expect(inside.message).toContain('"/list/1/a~1b~0c"');
    expect(errorOf(input)).toMatchObject({ code, path: "" });
  });

  test("a getter, without running it", () => {
    let ran = 0;
    const getter = {
      get price() {
        return ++ran;
      },
    };
    expect(errorOf(getter)).toMatchObject({ code: "accessor", path: "/price" });
    expect(errorOf(Object.defineProperty([1], 0, { get: () => ++ran, enumerable: true }))).toMatchObject({
      path: "/0",
    });
    expect(errorOf({ set price(_: number) {} })).toMatchObject({ code: "accessor" });
    expect(ran).toBe(0);
  });

  test("an array with a hole and a named property, whose number of keys matches its length", () => {
    expect(errorOf(holeAndName)).toMatchObject({ code: "sparse_array" });
  });

  test("an error from a trap, as the cause", () => {
    expect(errorOf([trap("ownKeys")])).toMatchObject({ path: "/0", cause: new Error("trap") });
  });

  test("a toJSON method, without calling it", () => {
    expect(buildTopicParams({ toJSON: "text" })).toBe('{"toJSON":"text"}');
    expect(errorOf({ toJSON: () => 1 })).toMatchObject({ code: "unsupported_type", path: "/toJSON" });
  });
});

describe("hostile input", () => {
  const nested = (levels: number, around: (value: unknown) => unknown, seed: unknown = []) => {
    let value = seed;
    for (let level = 1; level < levels; level++) value = around(value);
    return value;
  };

  test("accepts 64 nested containers and rejects the 65th", () => {
    expect(buildTopicParams(nested(64, (value) => [value]))).toBe("[".repeat(64) + "]".repeat(64));
    expect(errorOf(nested(65, (value) => [value]))).toMatchObject({ code: "too_deep", path: "/0".repeat(64) });
    expect(errorOf(nested(100_000, (value) => ({ value }))).code).toBe("too_deep");
  });

  test("accepts a float inside the 64th container", () => {
    expect(buildTopicParams(nested(64, (value) => [value], [float(1)]))).toContain("[1.0]");
  });

  test("counts the text of all levels towards the length limit", () => {
    const long = "é".repeat(2.79e6);
    expect(errorOf(nested(63, (value) => [long, value]))).toMatchObject({ code: "too_long", path: "/1/0" });
  });

  test("rejects an array that must be too long before listing its keys", () => {
    expect(errorOf(new Array(2 ** 31).fill(0, 0, 10)).code).toBe("too_long");
  });

  test("limits the length of error messages", () => {
    const loud = { [Symbol.toStringTag]: "x".repeat(1e6) };
    expect(errorOf(loud).message.length).toBeLessThan(200);
    expect(errorOf(Symbol("x".repeat(1e6))).message.length).toBeLessThan(200);
    const far = errorOf({ ["k".repeat(1e6)]: () => 1 });
    expect(far.message.length).toBeLessThan(300);
    expect(far.path).toHaveLength(1e6 + 1);
  });

  test("rejects cycles and accepts shared parts", () => {
    const shared = { a: 1 };
    expect(buildTopicParams([shared, shared])).toBe('[{"a":1},{"a":1}]');
    const cycle: Record<string, unknown> = { a: { b: [] } };
    (cycle.a as { b: unknown[] }).b.push(cycle);
    expect(errorOf(cycle)).toMatchObject({ code: "cycle", path: "/a/b/0" });
  });

  test("rejects a small value that expands to 2^60 values", () => {
    expect(errorOf(nested(60, (value) => [value, value])).code).toBe("too_long");
  });

  test("rejects endless proxies", () => {
    const endless = (): object =>
      new Proxy(
        {},
        {
          ownKeys: () => ["a", "b"],
          getOwnPropertyDescriptor: () => ({ value: endless(), enumerable: true, configurable: true }),
        },
      );
    expect(errorOf(endless()).code).toBe("too_deep");
  });

  test("accepts megabyte strings as values and keys, up to the length limit", () => {
    const long = "é".repeat(2 ** 20);
    expect(buildTopicParams({ [long]: long })).toHaveLength(2 * (6 * 2 ** 20 + 2) + 3);
    expect(errorOf({ a: "x".repeat(2 ** 24) }).code).toBe("too_long");
    expect(errorOf("x".repeat(2 ** 24 - 1)).code).toBe("too_long");
    expect(buildTopicParams("x".repeat(2 ** 24 - 2))).toHaveLength(2 ** 24);
    expect(buildTopicParams(["x".repeat(2 ** 24 - 4)])).toHaveLength(2 ** 24);
    expect(errorOf(["x".repeat(2 ** 24 - 3)]).code).toBe("too_long");
    expect(errorOf("x".repeat(2 ** 29 - 24)).code).toBe("too_long");
  });

  test("rejects a bigint of a million digits before printing it", () => {
    expect(errorOf({ n: 1n << 4_000_000n })).toMatchObject({ code: "integer_too_long", path: "/n" });
    expect(buildTopicParams(10n ** 4300n - 1n)).toBe("9".repeat(4300));
  });

  test("rejects a value that throws while it is described", () => {
    const evil = () => 1;
    Object.defineProperty(evil, Symbol.toStringTag, {
      get() {
        throw new Error("described");
      },
    });
    expect(errorOf({ evil })).toMatchObject({ code: "unsupported_type", path: "/evil" });
  });
});
