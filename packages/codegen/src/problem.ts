/** One thing that is wrong, and where. */
export interface Problem {
  /** JSON Pointer into the document, `""` for all of it. */
  readonly at: string;
  /** What is wrong and what to do, naming the route and the field. */
  readonly text: string;
  /** The route or operation that cannot be generated; undefined where the whole document cannot be read. */
  readonly of?: string | undefined;
}

/** A document of which no routes can be made. Lists every problem, not only the first. */
export class CodegenError extends Error {
  override readonly name = "CodegenError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(describeProblem).join("\n"));
    this.problems = problems;
  }
}

/** A line for a person. */
export function describeProblem({ at, text }: Problem): string {
  return at === "" ? text : `${text}\n    at #${at}`;
}
