import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { buildTopicParams, TopicError } from "@trading/topic";
import fc from "fast-check";
import { expect, test } from "vitest";
import { findTool } from "../../../tooling/src/tools.mjs";
import { toTagged } from "../../topic-conformance/src/tagged.js";
import { value } from "./helpers/arbitraries.js";
import { randomRuns } from "./helpers/seed.js";

const python = findTool("python");
const live = fileURLToPath(new URL("../../topic-conformance/python/live.py", import.meta.url));

const BATCH = 500;

type Result = string | { readonly error: string };

test.skipIf(python === undefined)(
  "builds the same bytes as the Python reference for random values",
  async () => {
    const { numRuns, seed } = randomRuns(20_000);
    const child = spawn(python as string, [live], { stdio: ["pipe", "pipe", "inherit"] });
    const exited = once(child, "exit");
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    let rejected = 0;
    try {
      for (let done = 0; done < numRuns; done += BATCH) {
        const values = fc.sample(value, { numRuns: Math.min(BATCH, numRuns - done), seed: seed + done });
        child.stdin.write(`${ascii({ batch: values.map(toTagged) })}\n`);
        const line = await lines.next();
        const { batch } = JSON.parse(line.value as string) as { batch: readonly Result[] };
        expect(batch).toHaveLength(values.length);
        values.forEach((input, index) => {
          const python = batch[index] as Result;
          const actual = build(input);
          if (typeof actual !== "string") rejected++;
          expect(actual, `value ${index} of seed ${seed + done}: ${ascii(toTagged(input))}`).toEqual(python);
        });
      }
    } finally {
      child.stdin.end();
      await exited;
    }
    // The test would prove little if most values were rejected.
    expect(rejected / numRuns).toBeLessThan(0.2);
  },
  600_000,
);

function build(input: unknown): Result {
  try {
    return buildTopicParams(input);
  } catch (error) {
    if (error instanceof TopicError) return { error: error.code };
    throw error;
  }
}

/** Returns ASCII JSON, so that the encoding of the pipe does not matter. */
function ascii(input: unknown): string {
  return JSON.stringify(input).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
