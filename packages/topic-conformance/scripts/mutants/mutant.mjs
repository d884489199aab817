/**
 * A mutant with its description for the table of kills.
 *
 * @typedef {import("../../../../tooling/src/mutation-testing/marks.mjs").Mutant & { readonly description: string }} DescribedMutant
 */

export {};
