// Runs the golden files of the topic contract against the built `@trading/topic`: `golden.mjs <folder>`. Prints one line.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { buildTopic, buildTopicParams, parseTopic, TopicError } from "@trading/topic";
import { fromTagged, jsFeatures } from "@trading/topic-conformance/tagged";

const folder = /** @type {string} */ (process.argv[2]);
const supported = new Set([...jsFeatures, "parse", "error-codes", "length-limit"]);

/** @param {{ op: string, route: string, input: unknown }} golden */
function build({ op, route, input }) {
  const value = fromTagged(input);
  if (op === "params") return buildTopicParams(value);
  if (op === "topic") return buildTopic(route, value);
  const parsed = parseTopic(/** @type {string} */ (value));
  return buildTopic(parsed.route, parsed.params);
}

/**
 * Returns the bytes in hex, their hash if the case has one, or the error code.
 *
 * @param {Parameters<typeof build>[0] & { readonly expect: object }} golden
 */
function run(golden) {
  try {
    const text = build(golden);
    if ("sha256" in golden.expect) return createHash("sha256").update(text).digest("hex");
    return Buffer.from(text).toString("hex");
  } catch (error) {
    if (error instanceof TopicError) return error.code;
    throw error;
  }
}

const cases = readdirSync(folder)
  .filter((name) => name.endsWith(".jsonl"))
  .flatMap((name) => readFileSync(`${folder}/${name}`, "utf8").trimEnd().split("\n"))
  .map((line) => JSON.parse(line))
  .filter(({ features }) => features.every((/** @type {string} */ feature) => supported.has(feature)));
const differing = cases.filter(
  (golden) => run(golden) !== (golden.expect.hex ?? golden.expect.sha256 ?? golden.expect.refused),
);

const from = import.meta.resolve("@trading/topic");
console.log(JSON.stringify({ from, cases: cases.length, differing: differing.map(({ id }) => id) }));
