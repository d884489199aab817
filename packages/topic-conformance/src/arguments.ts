import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./console.js";
import { filterVectors, loadVectors, type Vector, type VectorSet } from "./vectors.js";

/** Parses arguments with `parseArgs` of node:util. Throws a {@link UsageError} for invalid arguments. */
export function readArguments<Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The options that select cases: `--vectors` and `--filter`. */
export const VECTOR_OPTIONS = {
  vectors: { type: "string" },
  filter: { type: "string", multiple: true },
} as const;

/**
 * Loads all vectors and the cases that match the filters.
 *
 * @throws UsageError if no case matches: a run without cases would pass without testing anything
 */
export function selectVectors(values: {
  readonly vectors?: string | undefined;
  readonly filter?: readonly string[] | undefined;
}): { readonly vectors: VectorSet; readonly cases: readonly Vector[] } {
  const vectors = readVectors(values.vectors);
  const cases = filterVectors(vectors.cases, values.filter ?? []);
  if (cases.length === 0) {
    throw new UsageError(
      `No case matches --filter ${values.filter?.join(" ")}. "topic-conformance list" shows all cases.`,
    );
  }
  return { vectors, cases };
}

/** @throws UsageError if the folder contains no vectors, or changed ones */
export function readVectors(folder: string | undefined): VectorSet {
  try {
    return loadVectors(folder);
  } catch (error) {
    const where = folder === undefined ? "the vectors" : `--vectors ${folder}`;
    throw new UsageError(`Cannot read ${where}: ${(error as Error).message}`);
  }
}

/** Returns the value of an option as an integer >= 0, or undefined if the option is absent. */
export function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text))
    throw new UsageError(`Invalid option --${name}: expected an integer >= 0, got "${text}".`);
  return Number(text);
}
