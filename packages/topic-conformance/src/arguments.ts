import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./console.js";
import { filterVectors, loadVectors, type Vector, type VectorSet } from "./vectors.js";

/** `parseArgs` of node:util, whose complaints are a usage error. */
export function readArguments<Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The options that choose the cases: `--vectors` and `--filter`. */
export const VECTOR_OPTIONS = {
  vectors: { type: "string" },
  filter: { type: "string", multiple: true },
} as const;

/** All vectors, and those that the filters choose: at least one, since a run of none proves nothing. */
export function chooseVectors(values: {
  readonly vectors?: string | undefined;
  readonly filter?: readonly string[] | undefined;
}): { readonly vectors: VectorSet; readonly cases: readonly Vector[] } {
  const vectors = loadVectors(values.vectors);
  const cases = filterVectors(vectors.cases, values.filter ?? []);
  if (cases.length === 0) {
    throw new UsageError(
      `No case matches --filter ${values.filter?.join(" ")}: topic-conformance list shows what there is.`,
    );
  }
  return { vectors, cases };
}

/** A whole number of at least 0 from an option, or undefined where it was not given. */
export function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} takes a whole number of at least 0, not "${text}".`);
  return Number(text);
}
