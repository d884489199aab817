import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./package-root.js";

/** The operation of a case: build the parameters, build a topic, or parse a topic and build it again. */
export type Op = "params" | "topic" | "parse";

/**
 * The expected result: the canonical text with its bytes in hex, the length and hash of a long text, or the error code.
 */
export type Expectation =
  | { readonly text: string; readonly hex: string }
  | { readonly length: number; readonly sha256: string }
  | { readonly refused: string };

/** One case: a line of `vectors/*.jsonl` plus its theme. See docs/vectors.md. */
export interface Vector {
  /** A stable id. It is never reused for another case. */
  readonly id: string;
  readonly op: Op;
  /** The route name, only with op `topic`. */
  readonly route?: string;
  /** The features that an implementation must declare to receive the case. */
  readonly features: readonly string[];
  /** A tagged value; `fromTagged` converts it to a JavaScript value. With op `parse`, the topic. */
  readonly input: unknown;
  readonly expect: Expectation;
  /** The reason for the expected result. */
  readonly why: string;
  /** The source of the rule. */
  readonly source: string;
  /** The version of the vectors that added the case. Absent for cases of version 1.0.0. */
  readonly since?: string;
  /** The name of its file without the extension. */
  readonly theme: string;
}

/** The vectors of one version, checked against the manifest. */
export interface VectorSet {
  readonly version: string;
  /** This version and all earlier ones, in order. Each of them is a set of requirements that never changes. */
  readonly versions: readonly string[];
  readonly cases: readonly Vector[];
}

/** The content of `vectors/manifest.json`. */
export interface Manifest {
  readonly version: string;
  readonly total: number;
  readonly versions: readonly string[];
  readonly files: readonly { readonly name: string; readonly cases: number; readonly sha256: string }[];
}

/** The path of the vectors of this package. */
export const vectorsDirectory = join(packageRoot, "vectors");

/**
 * Loads every case of a directory, in the order of the manifest.
 *
 * @param directory defaults to the vectors of this package
 * @throws Error with the file name if the SHA-256 of a file differs from the manifest: vectors are generated, not edited
 */
export function loadVectors(directory: string = vectorsDirectory): VectorSet {
  const manifest = JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8")) as Manifest;
  const cases = manifest.files.flatMap(({ name, sha256 }) => {
    const bytes = readFileSync(join(directory, name));
    const actual = createHash("sha256").update(bytes).digest("hex");
    if (actual !== sha256) {
      throw new Error(
        `${join(directory, name)}: expected the SHA-256 ${sha256} of the manifest, got ${actual}: reinstall the package, or generate the vectors again`,
      );
    }
    const theme = name.replace(/\.jsonl$/, "");
    const lines = bytes.toString("utf8").split("\n");
    return lines.filter((line) => line !== "").map((line): Vector => ({ ...JSON.parse(line), theme }));
  });
  if (cases.length !== manifest.total) {
    throw new Error(`${directory}: expected the ${manifest.total} cases of the manifest, got ${cases.length}`);
  }
  return { version: manifest.version, versions: manifest.versions, cases };
}

/**
 * Returns the cases that match at least one filter, or all cases if there is no filter.
 *
 * A filter is a case id in which `*` matches any text (`num-*`), or such a pattern after `theme:`, `feature:` or `op:`.
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

/** Returns a function that matches names against a pattern. `*` matches any text. */
export function wildcard(pattern: string): (name: string) => boolean {
  const source = pattern.split("*").map(escapeRegExp).join(".*");
  const expression = new RegExp(`^${source}$`, "s");
  return (name) => expression.test(name);
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}
