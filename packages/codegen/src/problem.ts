/** One problem in a document. */
export interface Problem {
  /** JSON Pointer into the document; `""` for the whole document. */
  readonly at: string;
  /** The problem and its remedy, with the names of the route and the field. */
  readonly text: string;
  /** The route or operation that cannot be generated; undefined if the whole document cannot be read. */
  readonly of?: string | undefined;
}

/** Thrown for a document from which routes cannot be generated. Lists every problem, not only the first. */
export class CodegenError extends Error {
  override readonly name = "CodegenError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(describeProblem).join("\n"));
    this.problems = problems;
  }
}

/** Formats a problem for a person. */
export function describeProblem({ at, text }: Problem): string {
  return at === "" ? text : `${text}\n    at #${at}`;
}
