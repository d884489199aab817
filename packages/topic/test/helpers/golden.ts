import { buildTopic, buildTopicParams, parseTopic, TopicError } from "@trading/topic";
import { fromTagged, jsFeatures } from "../../../topic-conformance/src/tagged.js";

/** One case of a golden file; see docs/vectors.md of the conformance package. */
export interface GoldenCase {
  readonly id: string;
  readonly op: "params" | "topic" | "parse";
  readonly route?: string;
  readonly features: readonly string[];
  readonly input: unknown;
  readonly expect: { readonly text: string } | { readonly length: number } | { readonly refused: string };
}

export interface GoldenResult {
  readonly passed: number;
  readonly unsupported: number;
  /** One line per failed case. */
  readonly differences: readonly string[];
}

/** Runs golden files against this package, in any runtime. */
export function runGolden(files: readonly string[]): GoldenResult {
  const supported = new Set([...jsFeatures, "parse", "error-codes", "length-limit"]);
  const differences: string[] = [];
  let passed = 0;
  let unsupported = 0;
  for (const line of files.flatMap((file) => file.trimEnd().split("\n"))) {
    const golden: GoldenCase = JSON.parse(line);
    if (!golden.features.every((feature) => supported.has(feature))) {
      unsupported++;
      continue;
    }
    const { expect } = golden;
    let actual = run(golden);
    // A long text has a hash, which browsers calculate only asynchronously. The conformance package checks it in Node.
    if ("length" in expect && !actual.startsWith("refused")) actual = `${actual.length} characters`;
    const expected =
      "text" in expect
        ? expect.text
        : "length" in expect
          ? `${expect.length} characters`
          : `refused: ${expect.refused}`;
    if (actual === expected) passed++;
    else differences.push(`${golden.id}: expected ${expected.slice(0, 200)}, got ${actual.slice(0, 200)}`);
  }
  return { passed, unsupported, differences };
}

function run({ op, route, input }: GoldenCase): string {
  try {
    const value = fromTagged(input);
    if (op === "params") return buildTopicParams(value);
    if (op === "topic") return buildTopic(route as string, value);
    const parsed = parseTopic(value as string);
    return buildTopic(parsed.route, parsed.params);
  } catch (error) {
    if (error instanceof TopicError) return `refused: ${error.code}`;
    throw error;
  }
}
