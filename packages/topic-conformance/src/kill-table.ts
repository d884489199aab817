import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, Script } from "node:vm";
import { MUTANTS, type Mutant } from "./mutants.js";
import { packageRoot } from "./package-root.js";
import { loadVectors, type Vector } from "./vectors.js";

/** What became of one mutant. */
export interface Kill {
  readonly mutant: Mutant;
  /** The cases that it gets wrong, of those that were tried before it hung, if it did. 0: it survived. */
  readonly killedBy: number;
  /** The id of the first of them. */
  readonly first?: string;
}

/** A mutant that takes longer for all cases hangs, which kills it too. In milliseconds. */
const TIMEOUT_MS = 20_000;

/** The reserved name of the copy that nothing was planted in. It must survive. */
export const UNCHANGED: Mutant = { name: "(unchanged)", description: "the serializer as it is", from: "", to: "" };

/**
 * Runs the vectors against every mutant, in this process.
 *
 * Left out are the cases that reach the length limit: they take seconds each, and no mutant is about them.
 *
 * @throws Error naming the mutant whose text is no longer in the serializer
 */
export async function killTable(
  cases: readonly Vector[] = loadVectors().cases,
  mutants: readonly Mutant[] = [UNCHANGED, ...MUTANTS],
): Promise<readonly Kill[]> {
  const folder = join(packageRoot, "harnesses", "node");
  const source = readFileSync(join(folder, "topic.mjs"), "utf8");
  const decoder = await importSource<Decoder>(readFileSync(join(folder, "tagged.mjs"), "utf8"));
  const supported = new Set([...decoder.TAG_FEATURES, "parse"]);
  const asked = cases.filter(({ features }) => features.every((feature) => supported.has(feature)));
  const kills: Kill[] = [];
  for (const mutant of mutants) {
    const topics = await importSource<Topics>(plant(mutant, source));
    kills.push({ mutant, ...countWrong(mutant, asked, (vector) => isRight(vector, topics, decoder)) });
  }
  return kills;
}

/** What harnesses/node/topic.mjs exports. */
interface Topics {
  readonly TopicError: new (code: string, path: string) => Error & { readonly code: string };
  readonly Float: new (value: number) => object;
  buildTopicParams(value: unknown): string;
  buildTopic(route: string, params: unknown): string;
  parseTopic(topic: string): { readonly route: string; readonly params: unknown };
}

/** What harnesses/node/tagged.mjs exports. */
interface Decoder {
  readonly TAG_FEATURES: readonly string[];
  fromTagged(tagged: unknown, float: (value: number) => unknown): unknown;
}

/** The serializer's text with the bug in it. */
export function plant({ name, from, to }: Mutant, source: string): string {
  if (from === "") return source;
  const [before, after, ...more] = source.split(from);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(
      `the mutant "${name}" replaces a text that stands ${source.split(from).length - 1} times in harnesses/node/topic.mjs, not once: ${from}`,
    );
  }
  return before + to + after;
}

function importSource<Module>(source: string): Promise<Module> {
  return import(/* @vite-ignore */ `data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`);
}

function countWrong(
  { name }: Mutant,
  cases: readonly Vector[],
  right: (vector: Vector) => boolean,
): Omit<Kill, "mutant"> {
  const wrong: string[] = [];
  let current = "";
  const tryAll = () => {
    for (const vector of cases) {
      current = vector.id;
      if (!right(vector)) wrong.push(vector.id);
    }
  };
  try {
    // Only a script of node:vm can be stopped while it runs: a mutant may loop for ever.
    new Script("tryAll()").runInContext(createContext({ tryAll }), { timeout: TIMEOUT_MS });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") {
      throw new Error(`the mutant "${name}" has a slip of its own at ${current}: ${error}`);
    }
    wrong.push(current);
  }
  const [first] = wrong;
  return { killedBy: wrong.length, ...(first !== undefined && { first }) };
}

function isRight({ op, route, input, expect }: Vector, topics: Topics, { fromTagged }: Decoder): boolean {
  const value = fromTagged(input, (number) => new topics.Float(number));
  try {
    const text = build();
    return "text" in expect && text === expect.text;
  } catch (error) {
    // A mutant with a slip in its own code would be killed by anything.
    if (error instanceof ReferenceError || error instanceof TypeError) throw error;
    // What is not a refusal, an overflow of the stack say, is a crash.
    return "refused" in expect && error instanceof topics.TopicError && error.code === expect.refused;
  }

  function build(): string {
    if (op === "params") return topics.buildTopicParams(value);
    if (op === "topic") return topics.buildTopic(route ?? "", value);
    const parsed = topics.parseTopic(value as string);
    return topics.buildTopic(parsed.route, parsed.params);
  }
}
