import { BASICS } from "./mutants/basics.mjs";
import { KEYS } from "./mutants/keys.mjs";
import { NUMBERS } from "./mutants/numbers.mjs";
import { STRINGS } from "./mutants/strings.mjs";
import { TOPICS } from "./mutants/topics.mjs";
import { VALUES } from "./mutants/values.mjs";

/**
 * The mutants of harnesses/node/topic.mjs, modeled on mistakes of real implementations. The vectors must kill every one.
 * tooling/src/mutation-testing/marks.mjs explains how to add one; run `npm run generate` afterwards.
 */
export const MUTANTS = [...BASICS, ...KEYS, ...STRINGS, ...NUMBERS, ...VALUES, ...TOPICS];
