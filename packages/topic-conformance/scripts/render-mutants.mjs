import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { MarkedSource, planMutants } from "../../../tooling/src/mutation-testing/marks.mjs";
import { MUTANTS } from "./mutants.mjs";

const SERIALIZER = fileURLToPath(new URL("../harnesses/node/topic.mjs", import.meta.url));

/**
 * Returns src/mutants.generated.ts: the mutants as replacements of text, so that the published package can make them
 * without a parser.
 */
export function renderMutants() {
  const source = new MarkedSource("harnesses/node/topic.mjs", readFileSync(SERIALIZER, "utf8"));
  const mutants = planMutants(MUTANTS, [source]).map(({ mutant: { name, description }, replacements }) => ({
    name,
    description,
    replacements,
  }));
  return `// Written by \`npm run generate\` from scripts/mutants.mjs and the marks in harnesses/node/topic.mjs.
import type { Mutant } from "./mutant.js";

export const MUTANTS: readonly Mutant[] = ${JSON.stringify(mutants, null, 2)};
`;
}
