import { UsageError } from "./console.js";

/** The features of languages that no case of another language needs. */
const HOST_KINDS = [
  "accessor",
  "array-buffer",
  "array-subclass",
  "boxed-boolean",
  "boxed-number",
  "boxed-string",
  "bytes",
  "complex",
  "date",
  "decimal",
  "error",
  "float-subclass",
  "function",
  "generator",
  "instance",
  "integer-subclass",
  "map",
  "named-array",
  "named-tuple",
  "non-enumerable",
  "non-string-key",
  "null-prototype",
  "object-subclass",
  "other-realm",
  "plain-proxy",
  "promise",
  "proxy-throws",
  "regexp",
  "set",
  "sparse-array",
  "split-surrogate-key",
  "string-subclass",
  "symbol",
  "symbol-key",
  "to-json",
  "tuple",
];

/** The features that do not depend on the language. */
const GENERAL = ["bigint", "cycle", "error-codes", "float", "length-limit", "lone-surrogate", "parse", "shared"];

/** Every feature that a harness can declare. docs/vectors.md describes them. */
export const FEATURES: readonly string[] = [
  ...GENERAL,
  "batch",
  "undefined",
  "untyped-number",
  ...HOST_KINDS.map((kind) => `host-${kind}`),
].sort();

/** A part of the contract, which has a separate verdict. The wire is tested by `topic-conformance wire`. */
export const PARTS = ["bytes", "refusals", "parse"] as const;

export type Part = (typeof PARTS)[number];

/** A named set of requirements. */
export interface Profile {
  readonly name: string;
  readonly description: string;
  /** The features that the harness must declare. */
  readonly requires: readonly string[];
  /** The parts whose failures make the implementation differ. The others are reported only. */
  readonly judges: readonly Part[];
  /** A filter of cases, as for `--filter`. @default all cases */
  readonly filters?: readonly string[];
}

/** The profiles of `--profile`. */
export const PROFILES: readonly Profile[] = [
  {
    name: "routes",
    description: "topics of routes: names, and parameters of strings, integers, booleans and null",
    requires: [],
    judges: PARTS,
    filters: ["op:topic"],
  },
  {
    name: "python",
    description: "the bytes that json.dumps of Python writes; refusals and parsing are reported only",
    requires: ["bigint", "float", "lone-surrogate"],
    judges: ["bytes"],
  },
  {
    name: "full",
    description: "everything that does not depend on the language",
    requires: GENERAL,
    judges: PARTS,
  },
];

/** @throws UsageError for an unknown name */
export function findProfile(name: string): Profile {
  const found = PROFILES.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  const names = PROFILES.map((profile) => profile.name).join(", ");
  throw new UsageError(`Invalid option --profile: expected one of ${names}, got "${name}".`);
}

/**
 * Parses the value of `--require-features`, names separated by commas.
 *
 * @throws UsageError for an unknown feature
 */
export function parseFeatures(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !FEATURES.includes(name));
  if (unknown.length === 0) return names;
  throw new UsageError(
    `Invalid option --require-features: unknown feature "${unknown.join('", "')}". docs/vectors.md lists the features: ${FEATURES.filter((name) => !name.startsWith("host-")).join(", ")}, host-….`,
  );
}
