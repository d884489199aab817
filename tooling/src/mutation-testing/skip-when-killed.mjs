// Skips the remaining tests of a mutant once it is known to be killed: one test has failed, and one has passed. Otherwise
// each test of a mutant that hangs would have to time out.
import { basename, dirname } from "node:path";
import { beforeEach } from "vitest";

let hasFailed = false;
let hasPassed = false;
/** The test file that runs. */
let file = "";

beforeEach(({ task, skip, onTestFinished }) => {
  const current = topOf(task);
  // Which files are needed to kill the mutant is to be stored: does the file of the failed test suffice?
  if (process.env.WRITE_KILLERS === "true" && current !== file) hasPassed = false;
  file = current;
  // All tests of the unchanged copy must run.
  const isMutant = basename(dirname(task.file.filepath)).startsWith("mutant-");
  if (isMutant && hasFailed && hasPassed) skip("killed");
  onTestFinished(({ task: { result } }) => {
    if (result?.state === "fail") hasFailed = true;
    else hasPassed = true;
  });
});

/** Returns the name of the outermost suite, which is a test file. @param {{ name: string, suite?: any }} task @returns {string} */
function topOf({ name, suite }) {
  return suite === undefined ? name : topOf(suite);
}
