import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./package-root.js";

/** What a case asks for: parameters alone, a whole topic, or a topic taken apart and built again. */
export type Op = "params" | "topic" | "parse";

/** What a case expects: the canonical text (and its bytes in hex, which no editor changes), or a refusal by code. */
export type Expectation = { readonly text: string; readonly hex: string } | { readonly refused: string };

/** One case. The shape of a line of `vectors/*.jsonl`, with the theme added; docs/vectors.md says more. */
export interface Vector {
  /** Stable: an id is never given to another case. */
  readonly id: string;
  readonly op: Op;
  /** The route's name, of op `topic` alone. */
  readonly route?: string;
  /** What an implementation must declare to be asked. */
  readonly features: readonly string[];
  /** A tagged value: `fromTagged` makes the JavaScript value of it. Of op `parse`, the topic's text. */
  readonly input: unknown;
  readonly expect: Expectation;
  /** Why these bytes, for a person. */
  readonly why: string;
  /** Where the case comes from. */
  readonly source: string;
  /** The name of the file it stands in, without the ending. */
  readonly theme: string;
}

/** A version of the vectors, all files read and checked against the manifest. */
export interface VectorSet {
  readonly version: string;
  readonly cases: readonly Vector[];
}

/** `vectors/manifest.json`. */
export interface Manifest {
  readonly version: string;
  readonly total: number;
  readonly files: readonly { readonly name: string; readonly cases: number; readonly sha256: string }[];
}

/** Where the vectors of this package lie. */
export const vectorsDirectory = join(packageRoot, "vectors");

/**
 * Reads every case of a vectors directory, in the manifest's order.
 *
 * @param directory this package's own vectors by default
 * @throws Error naming the file whose bytes are not those of the manifest: vectors are generated, never edited
 */
export function loadVectors(directory: string = vectorsDirectory): VectorSet {
  const manifest = JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8")) as Manifest;
  const cases = manifest.files.flatMap(({ name, sha256 }) => {
    const bytes = readFileSync(join(directory, name));
    const actual = createHash("sha256").update(bytes).digest("hex");
    if (actual !== sha256) {
      throw new Error(
        `${join(directory, name)} has the SHA-256 ${actual}, the manifest says ${sha256}: reinstall the package, or generate the vectors again`,
      );
    }
    const theme = name.replace(/\.jsonl$/, "");
    const lines = bytes.toString("utf8").split("\n");
    return lines.filter((line) => line !== "").map((line): Vector => ({ ...JSON.parse(line), theme }));
  });
  if (cases.length !== manifest.total) {
    throw new Error(`${directory} holds ${cases.length} cases, the manifest says ${manifest.total}`);
  }
  return { version: manifest.version, cases };
}

/**
 * The cases that any of the filters chooses; all of them without a filter.
 *
 * A filter is an id with `*` for any text (`num-*`), or `theme:`, `feature:` or `op:` before one.
 */
export function filterVectors(cases: readonly Vector[], filters: readonly string[]): readonly Vector[] {
  if (filters.length === 0) return cases;
  const tests = filters.map(filterTest);
  return cases.filter((vector) => tests.some((test) => test(vector)));
}

function filterTest(filter: string): (vector: Vector) => boolean {
  const [, field, pattern = filter] = /^(theme|feature|op):(.*)$/.exec(filter) ?? [];
  const matches = wildcard(pattern);
  if (field === "theme") return ({ theme }) => matches(theme);
  if (field === "feature") return ({ features }) => features.some(matches);
  if (field === "op") return ({ op }) => matches(op);
  return ({ id }) => matches(id);
}

/** A test for names: `*` stands for any text, everything else for itself. */
export function wildcard(pattern: string): (name: string) => boolean {
  const source = pattern.split("*").map(escapeRegExp).join(".*");
  const expression = new RegExp(`^${source}$`, "s");
  return (name) => expression.test(name);
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}
