import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, Script } from "node:vm";
import { isExpected } from "./evaluate.js";
import type { Mutant } from "./mutant.js";
import { MUTANTS } from "./mutants.generated.js";
import { packageRoot } from "./package-root.js";
import { loadVectors, type Vector } from "./vectors.js";

/** The result of running the vectors against one mutant. */
export interface MutantResult {
  readonly mutant: Mutant;
  /** The id of a case that fails. Absent if the mutant survived. */
  readonly killedBy?: string;
}

/** Milliseconds until a case kills a mutant. A mutant that takes longer hangs, and counts as killed. */
const TIMEOUT_MS = 60_000;

/** The unmodified serializer, as a control. It must survive. */
export const UNCHANGED: Mutant = { name: "(unchanged)", description: "the serializer without a bug", replacements: [] };

/**
 * Runs the vectors against every mutant, in this process, each until a case kills it. The cases at the length limit come
 * last, because they take long and concern few mutants.
 *
 * @param killers ids of the cases that killed mutants before, by the mutant's name: each runs first. A wrong one changes no result
 * @throws Error with the name of a mutant whose code is invalid
 */
export async function runMutants(
  cases: readonly Vector[] = loadVectors().cases,
  mutants: readonly Mutant[] = [UNCHANGED, ...MUTANTS],
  killers: ReadonlyMap<string, string> = new Map(),
): Promise<readonly MutantResult[]> {
  const folder = join(packageRoot, "harnesses", "node");
  const source = readFileSync(join(folder, "topic.mjs"), "utf8");
  const decoder = await importSource<Decoder>(readFileSync(join(folder, "tagged.mjs"), "utf8"));
  const supported = new Set([...decoder.TAG_FEATURES, "parse", "length-limit"]);
  const applicable = cases
    .filter(({ features }) => features.every((feature) => supported.has(feature)))
    .sort((one, other) => cost(one) - cost(other));
  const results: MutantResult[] = [];
  for (const mutant of mutants) {
    const topics = await importSource<Topics>(applyMutant(mutant, source));
    const known = applicable.filter(({ id }) => id === killers.get(mutant.name));
    const killedBy = findFailure(mutant, [...known, ...applicable], (vector) => passes(vector, topics, decoder));
    results.push({ mutant, ...(killedBy !== undefined && { killedBy: killedBy.id }) });
    // The next mutant often fails in the same case.
    if (killedBy !== undefined) applicable.unshift(...applicable.splice(applicable.indexOf(killedBy), 1));
  }
  return results;
}

/** Orders the cases at the length limit after all others, and those with millions of escapes after these. */
function cost({ features, input }: Vector): number {
  if (!features.includes("length-limit")) return 0;
  return JSON.stringify(input).includes("é") ? 2 : 1;
}

/** The exports of harnesses/node/topic.mjs. */
interface Topics {
  readonly TopicError: new (code: string, path: string) => Error & { readonly code: string };
  readonly Float: new (value: number) => object;
  buildTopicParams(value: unknown): string;
  buildTopic(route: string, params: unknown): string;
  parseTopic(topic: string): { readonly route: string; readonly params: unknown };
}

/** The exports of harnesses/node/tagged.mjs. */
interface Decoder {
  readonly TAG_FEATURES: readonly string[];
  fromTagged(tagged: unknown, float: (value: number) => unknown): unknown;
}

function applyMutant({ replacements }: Mutant, source: string): string {
  return replacements.reduceRight(
    (text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end),
    source,
  );
}

function importSource<Module>(source: string): Promise<Module> {
  return import(/* @vite-ignore */ `data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`);
}

function findFailure(
  { name }: Mutant,
  cases: readonly Vector[],
  passes: (vector: Vector) => boolean,
): Vector | undefined {
  let current: Vector | undefined;
  let failed: Vector | undefined;
  const runAll = () => {
    failed = cases.find((vector) => {
      current = vector;
      return !passes(vector);
    });
  };
  try {
    // A mutant can loop forever. Only node:vm can interrupt synchronous code.
    new Script("runAll()").runInContext(createContext({ runAll }), { timeout: TIMEOUT_MS });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") {
      throw new Error(`mutant "${name}": invalid replacement code, detected at ${current?.id}: ${error}`);
    }
    return current;
  }
  return failed;
}

function passes({ op, route, input, expect }: Vector, topics: Topics, { fromTagged }: Decoder): boolean {
  const value = fromTagged(input, (number) => new topics.Float(number));
  try {
    return isExpected(expect, build());
  } catch (error) {
    // The replacement code of the mutant is invalid. Any case would kill it, so this is not a test of the vectors.
    if (error instanceof ReferenceError || error instanceof TypeError) throw error;
    // Any error other than a TopicError is a crash, for example a stack overflow.
    return "refused" in expect && error instanceof topics.TopicError && error.code === expect.refused;
  }

  function build(): string {
    if (op === "params") return topics.buildTopicParams(value);
    if (op === "topic") return topics.buildTopic(route ?? "", value);
    const parsed = topics.parseTopic(value as string);
    return topics.buildTopic(parsed.route, parsed.params);
  }
}
