import { buildTopic, float, parseTopic, TopicError } from "@trading/topic";
import { describe, expect, test } from "vitest";

test("buildTopic joins the route's name and the canonical params", () => {
  expect(buildTopic("bars", { symbol: "AAPL", resolution: "1" })).toBe('bars:{"resolution":"1","symbol":"AAPL"}');
  expect(buildTopic("x", null)).toBe('x:""');
});

test.each(["", "a:b", "a b", "é", "-a", "a\n", null, 1])("buildTopic rejects the route name %j", (name) => {
  expect(() => buildTopic(name as string, {})).toThrow(expect.objectContaining({ code: "invalid_route" }));
});

test("parseTopic restores the route's name, types and keys", () => {
  const topic = buildTopic("any", { f: float(1), n: 2n ** 64n, list: [null, true, "a:b\u2028"], ["__proto__"]: 1 });
  const { route, params } = parseTopic(topic);
  expect(route).toBe("any");
  expect(params).toEqual(
    Object.fromEntries([
      ["f", float(1)],
      ["n", 2n ** 64n],
      ["list", ["", true, "a:b\u2028"]],
      ["__proto__", 1],
    ]),
  );
});

test("parseTopic parses millions of escapes", () => {
  const topic = buildTopic("any", "\n".repeat(8e6));
  expect(parseTopic(topic).params).toHaveLength(8e6);
});

describe("parseTopic rejects a topic that is not canonical", () => {
  test.each([
    ["no colon", "bars"],
    ["the 1.x form", "bars:AAPL:1"],
    ["no parameters", "bars:"],
    ["unsorted keys", 'bars:{"symbol":"A","resolution":"1"}'],
    ["a space", 'bars:{"a": 1}'],
    ["a key twice", 'bars:{"a":1,"a":1}'],
    ["null", 'bars:{"a":null}'],
    ["raw non-ASCII", 'bars:{"a":"é"}'],
    ["upper-case hex", 'bars:{"a":"\\u00E9"}'],
    ["an escaped solidus", 'bars:{"a":"\\/"}'],
    ["JavaScript's exponent", "bars:1e-7"],
    ["an infinite float", "bars:1e400"],
    ["minus zero", "bars:-0"],
    ["a leading zero", "bars:01"],
    ["a trailing comma", "bars:[1,]"],
    ["no comma", "bars:[1 2]"],
    ["text after the end", "bars:{}{}"],
    ["an open bracket", "bars:[[["],
    ["65 containers", `bars:${"[".repeat(65)}${"]".repeat(65)}`],
    ["far too many containers", `bars:${"[".repeat(100_000)}`],
    ["an integer of 4301 digits", `bars:${"9".repeat(4301)}`],
    ["a lone quotation mark", 'bars:"'],
    ["not a string", 7],
  ])("%s", (_, topic) => {
    expect(() => parseTopic(topic as string)).toThrow(TopicError);
    expect(() => parseTopic(topic as string)).toThrow(expect.objectContaining({ code: "invalid_topic" }));
  });
});
