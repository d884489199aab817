import { describeDifference } from "../evaluate.js";
import { startImplementation, type Timeouts } from "../implementation.js";
import type { BatchResult, Hello } from "../protocol.js";
import type { Vector } from "../vectors.js";
import { generateValue, type Kinds, RandomSource } from "./generate.js";
import { isSame, referenceResult } from "./reference.js";
import { shrink } from "./shrink.js";

/** Values in a batch, and in a portion of cases for a harness without the feature `batch`. */
const BATCH = 1000;

/** Batches that are sent before the first result is read, so that both processes work at the same time. */
const AHEAD = 3;

/** The options of {@link fuzz}. */
export interface FuzzOptions extends Timeouts {
  readonly command: readonly string[];
  /** The number of random values. */
  readonly count: number;
  /** The values depend on nothing else. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onStart?: (hello: Hello) => void;
  readonly onProgress?: (done: number) => void;
}

/** The result of {@link fuzz}. */
export interface FuzzResult {
  readonly implementation: Hello;
  /** The number of values with the same result as the reference. */
  readonly same: number;
  readonly durationMs: number;
  /** The smallest value found that differs, as a vector, and a description of the difference. */
  readonly counterexample?: { readonly vector: Omit<Vector, "theme">; readonly detail: string };
}

/**
 * Compares an implementation with `@trading/topic` for random values, up to the first difference.
 *
 * @throws HarnessError if the command cannot be started or does not send a valid hello
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { count, seed, signal } = options;
  const began = performance.now();
  const start = () => startImplementation(options.command, options);
  let implementation = await start();
  const { hello } = implementation;
  options.onStart?.(hello);
  const declared = new Set(hello.features);
  const hasCodes = declared.has("error-codes");
  const kinds: Kinds = {
    float: declared.has("float"),
    bigint: declared.has("bigint"),
    loneSurrogate: declared.has("lone-surrogate"),
  };
  const random = new RandomSource(seed);
  const sent: { readonly inputs: readonly unknown[]; readonly expected: readonly BatchResult[] }[] = [];
  let generated = 0;
  let same = 0;
  let suspect: { readonly inputs: readonly unknown[] } | undefined;
  try {
    while (suspect === undefined && same < count) {
      while (sent.length < AHEAD && generated < count) {
        const size = Math.min(BATCH, count - generated);
        const inputs = Array.from({ length: size }, () => generateValue(random, kinds));
        implementation.sendBatch(inputs);
        sent.push({ inputs, expected: inputs.map(referenceResult) });
        generated += size;
      }
      const { inputs, expected } = sent.shift() as (typeof sent)[number];
      const actual = await implementation.nextBatch(inputs.length);
      signal.throwIfAborted();
      const at =
        typeof actual === "string"
          ? -1
          : expected.findIndex((one, index) => !isSame(one, actual[index] as BatchResult, hasCodes));
      if (typeof actual === "string") suspect = { inputs };
      else if (at !== -1) suspect = { inputs: [inputs[at]] };
      else same += inputs.length;
      options.onProgress?.(same);
    }
    const result = { implementation: hello, same, durationMs: Math.round(performance.now() - began) };
    if (suspect === undefined) {
      await implementation.bye();
      return result;
    }
    await implementation.kill();
    implementation = await start();
    // A new process for each crash.
    const differs = async (tagged: unknown): Promise<string | undefined> => {
      implementation.sendBatch([tagged]);
      const actual = await implementation.nextBatch(1);
      signal.throwIfAborted();
      if (typeof actual === "string") {
        await implementation.kill();
        implementation = await start();
        return actual;
      }
      const expected = referenceResult(tagged);
      return isSame(expected, actual[0] as BatchResult, hasCodes)
        ? undefined
        : describe(tagged, expected, actual[0] as BatchResult);
    };
    for (const input of suspect.inputs) {
      if ((await differs(input)) === undefined) continue;
      const smallest = await shrink(input, async (candidate) => (await differs(candidate)) !== undefined);
      const vector = toVector(smallest, seed, count);
      return { ...result, counterexample: { vector, detail: (await differs(smallest)) ?? "differs only sometimes" } };
    }
    const [first] = suspect.inputs;
    const detail = "failed in a batch, and not when its values are sent one by one";
    return { ...result, counterexample: { vector: toVector(first, seed, count), detail } };
  } finally {
    await implementation.kill();
  }
}

function describe(tagged: unknown, expected: BatchResult, actual: BatchResult): string {
  if (typeof actual !== "string") {
    return `expected ${typeof expected === "string" ? `the text ${expected}` : `the error ${expected.error}`}\ngot the error ${actual.error}`;
  }
  return describeDifference({ ...toVector(tagged, 0, 0), theme: "fuzz" }, actual);
}

function toVector(tagged: unknown, seed: number, count: number): Omit<Vector, "theme"> {
  const expected = referenceResult(tagged);
  const text = JSON.stringify(tagged);
  const features = [
    ["bigint", '{"$int":'],
    ["float", '{"$float":'],
    ["lone-surrogate", '{"$utf16":'],
  ].flatMap(([feature = "", tag = ""]) => (text?.includes(tag) ? [feature] : []));
  return {
    id: "fuzz-0001",
    op: "params",
    features,
    input: tagged,
    expect:
      typeof expected === "string"
        ? { text: expected, hex: Buffer.from(expected).toString("hex") }
        : { refused: expected.error },
    why: "found by random values",
    source: `topic-conformance run --fuzz ${count} --seed ${seed}`,
  };
}
