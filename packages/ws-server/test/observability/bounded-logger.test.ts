import { expect, test } from "vitest";
import { boundedLogger } from "../../src/platform/bounded-logger.js";
import { ManualClock, RecordingLogger } from "../../src/testing/index.js";

test("of lines with one message, ten and then one a second are written, with the number of the others", () => {
  const clock = new ManualClock();
  const recording = new RecordingLogger();
  const logger = boundedLogger(recording, clock);
  for (let count = 0; count < 500; count++) logger.warn("createTopic takes too long", { count });
  logger.error("Another kind");
  expect(recording.entries).toHaveLength(11);
  for (let second = 0; second < 3; second++) {
    clock.advance(1_000);
    for (let count = 0; count < 100; count++) logger.warn("createTopic takes too long", { count });
  }
  expect(recording.entries.slice(11).map(({ fields }) => fields)).toEqual([
    { count: 0, othersSince: 490 },
    { count: 0, othersSince: 99 },
    { count: 0, othersSince: 99 },
  ]);
});
