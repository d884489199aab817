import { expect, test } from "vitest";
import { expectSpread, expectTotal } from "../../src/wire/waits.js";

test("waits that are almost equal are not random", () => {
  expect(() => expectSpread("three waits", [100, 103, 101.4], 8)).toThrow(
    "expected three waits spread over at least 8 ms, received 100, 103, 101 ms",
  );
  expect(() => expectSpread("three waits", [100, 13, 108], 8)).not.toThrow();
});

test("waits of a client that connects again immediately are too short", () => {
  expect(() => expectTotal("two waits", [3, 4.6], 60)).toThrow(
    "expected two waits of at least 60 ms in total, received 8 ms",
  );
  expect(() => expectTotal("two waits", [3, 57], 60)).not.toThrow();
});
