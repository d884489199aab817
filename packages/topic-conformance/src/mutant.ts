/** A deliberate bug in a copy of harnesses/node/topic.mjs. */
export interface Mutant {
  readonly name: string;
  /** The effect of the bug, or a program that has it. */
  readonly description: string;
  /** In the order of their positions, which are UTF-16 offsets into the file. */
  readonly replacements: readonly { readonly start: number; readonly end: number; readonly text: string }[];
}
