import { expect, test } from "vitest";
import { VerifiedTokens } from "../../src/auth/verified-tokens.js";

const KEYS = {};
const ann = { subject: "ann", expiresAt: 1_000 };

test("a token is known to the keys that have verified it, until it expires", () => {
  const tokens = new VerifiedTokens();
  tokens.add("a", KEYS, ann);
  expect(tokens.get("a", KEYS, 999)).toBe(ann);
  expect(tokens.get("b", KEYS, 999)).toBeUndefined();
  expect(tokens.get("a", KEYS, 1_000)).toBeUndefined();
});

test("a token is unknown once the keys have changed", () => {
  const tokens = new VerifiedTokens();
  tokens.add("a", KEYS, ann);
  expect(tokens.get("a", {}, 0)).toBeUndefined();
});

test("four megabytes of tokens are known: those that were used last", () => {
  const tokens = new VerifiedTokens();
  const [first, second, third] = ["a", "b", "c"].map((name) => name.repeat(1_500_000)) as [string, string, string];
  tokens.add(first, KEYS, ann);
  tokens.add(second, KEYS, ann);
  // Verified at the same time by two requests.
  tokens.add(second, KEYS, ann);
  tokens.get(first, KEYS, 0);
  tokens.add(third, KEYS, ann);
  expect([first, second, third].map((token) => tokens.get(token, KEYS, 0))).toEqual([ann, undefined, ann]);
});
