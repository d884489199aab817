// Skips the remaining tests of a mutant once it is known to be killed: one test has failed, and one has passed. Otherwise
// each test of a mutant that hangs would have to time out.
import { basename, dirname } from "node:path";
import { beforeEach } from "vitest";

let hasFailed = false;
let hasPassed = false;

beforeEach(({ task, skip, onTestFinished }) => {
  // All tests of the unchanged copy must run.
  const isMutant = basename(dirname(task.file.filepath)).startsWith("mutant-");
  if (isMutant && hasFailed && hasPassed) skip("killed");
  onTestFinished(({ task: { result } }) => {
    if (result?.state === "fail") hasFailed = true;
    else hasPassed = true;
  });
});
