import { buildTopic, buildTopicParams, parseTopic } from "@trading/topic";
import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonValue, text, value } from "./helpers/arbitraries.js";
import { randomRuns } from "./helpers/seed.js";

const runs = randomRuns(2000);

function check<Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>) {
  fc.assert(property, runs);
}

/** Returns the value with the keys of every object in another order. */
function shuffled(input: unknown, order: () => number): unknown {
  if (Array.isArray(input)) return input.map((item) => shuffled(item, order));
  if (typeof input !== "object" || input === null || Object.getOwnPropertySymbols(input).length > 0) return input;
  const members = Object.entries(input).map(([key, item]) => [order(), key, shuffled(item, order)] as const);
  members.sort(([left], [right]) => left - right);
  return Object.fromEntries(members.map(([, key, item]) => [key, item]));
}

/** Returns the value as JSON has it: null replaced by "", -0 by the integer 0. */
function normalized(input: unknown): unknown {
  if (input === null || input === undefined) return "";
  if (Array.isArray(input)) return input.map(normalized);
  if (typeof input === "object") return Object.fromEntries(Object.entries(input).map(([k, v]) => [k, normalized(v)]));
  return input === 0 ? 0 : input;
}

const codePoints = (key: string) => Array.from(key, (character) => character.codePointAt(0) as number);

function compare(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((point, index) => point !== right[index]);
  if (at === -1) return left.length - right.length;
  return at >= right.length ? 1 : (left[at] as number) - (right[at] as number);
}

test("ignores the order of keys in the input", () => {
  check(
    fc.property(value, fc.infiniteStream(fc.double({ noNaN: true })), (input, stream) => {
      const order = () => stream.next().value as number;
      expect(buildTopicParams(shuffled(input, order))).toBe(buildTopicParams(input));
    }),
  );
});

test("writes text that JSON.parse reads as the value with nulls replaced and numbers normalized", () => {
  check(
    fc.property(jsonValue, (input) => {
      expect(JSON.parse(buildTopicParams(input))).toEqual(normalized(input));
    }),
  );
});

test("writes printable ASCII without spaces outside of strings", () => {
  check(
    fc.property(value, (input) => {
      const built = buildTopicParams(input);
      expect(built).toMatch(/^[ -~]*$/);
      expect(built.replace(/"(?:[^"\\]|\\.)*"/g, "")).not.toMatch(/\s/);
    }),
  );
});

test("sorts keys by code point", () => {
  check(
    fc.property(fc.uniqueArray(text, { maxLength: 20 }), (keys) => {
      const built = buildTopicParams(Object.fromEntries(keys.map((key) => [key, 0])));
      const written = [...built.matchAll(/("(?:[^"\\]|\\.)*"):0/g)].map(([, key]) =>
        codePoints(JSON.parse(key as string)),
      );
      expect(written).toHaveLength(keys.length);
      for (let index = 1; index < written.length; index++) {
        expect(compare(written[index - 1] as number[], written[index] as number[])).toBeLessThan(0);
      }
    }),
  );
});

test("writes different texts for different values, except null, undefined and the empty string", () => {
  const seen = new Map<string, unknown>();
  check(
    fc.property(jsonValue, (input) => {
      const built = buildTopicParams(input);
      if (seen.has(built)) expect(normalized(input)).toEqual(seen.get(built));
      seen.set(built, normalized(input));
    }),
  );
});

test("builds the same topic from a parsed topic", () => {
  check(
    fc.property(value, (input) => {
      const topic = buildTopic("route-1.x", input);
      const { route, params } = parseTopic(topic);
      expect(buildTopic(route, params)).toBe(topic);
    }),
  );
});

test("parseTopic accepts only topics that buildTopic writes", () => {
  check(
    fc.property(
      value,
      fc.nat(),
      fc.constantFrom(...'"\\:,{}[] 0123456789.e+-truefalsn\u00e9'),
      (input, at, character) => {
        const topic = buildTopic("r", input);
        const position = 2 + (at % (topic.length - 1));
        const damaged = topic.slice(0, position) + character + topic.slice(position + (at % 2));
        try {
          const { route, params } = parseTopic(damaged);
          expect(buildTopic(route, params)).toBe(damaged);
        } catch (error) {
          expect(error).toMatchObject({ name: "TopicError" });
        }
      },
    ),
  );
});
