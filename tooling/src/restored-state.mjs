import { afterAll } from "vitest";
import { differences, processState } from "./process-state.mjs";

/*
 * A setup file of the projects whose test files share workers (`isolate: false`). It fails a file that leaves globals or the process
 * other than it found them: the files after it in the worker would see that, and which files those are depends on the order.
 */
const before = processState();

afterAll(() => {
  const changed = differences(before, processState());
  if (changed.length === 0) return;
  throw new Error(
    `Changed by the tests of this file and not restored: ${changed.join(", ")}. The next file in the same worker sees the change: restore it, for instance with onTestFinished.`,
  );
});
