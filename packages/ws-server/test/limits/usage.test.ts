import { expect, test } from "vitest";
import { CONNECTION_LIMITS, NO_LIMITS } from "../../src/limits/client-limits.js";
import { type Counted, Usage } from "../../src/limits/usage.js";
import { ManualClock } from "../../src/testing/index.js";

/** Returns subscriptions that retain a byte each, and the number of times that these were read. */
function subscriptions(count: number) {
  let reads = 0;
  const run = {
    get history() {
      reads++;
      return { bytes: 1 };
    },
    topic: { params: {} },
  };
  const each = Array.from({ length: count }, (_, index): Counted => ({ topic: `T${index}`, run }));
  return { each, reads: () => reads };
}

const TOPIC = { name: "T", params: {} };

test("the memory of subscriptions is summed only if it is limited, because a server can have a million of them", () => {
  const { each, reads } = subscriptions(100);
  const usage = new Usage("address", NO_LIMITS, new ManualClock());
  for (const subscription of each) usage.add(subscription);
  expect(usage.exceededBy(TOPIC)).toBeUndefined();
  expect(reads()).toBe(0);
});

test.each([
  [101, undefined],
  [100, { scope: "connection", limit: "maxSubscribedBytes", maximum: 100 }],
])("with a limit of %i bytes, a subscription after 100 bytes exceeds %o", (maxSubscribedBytes, exceeded) => {
  const { each } = subscriptions(100);
  const usage = new Usage("connection", { ...CONNECTION_LIMITS, maxSubscribedBytes }, new ManualClock());
  for (const subscription of each) usage.add(subscription);
  expect(usage.exceededBy(TOPIC)).toEqual(exceeded);
});
