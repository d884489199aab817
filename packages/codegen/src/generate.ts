import { type ContractOptions, readContract, refuseProblems } from "./contract.js";
import { readDocument } from "./document.js";
import { CodegenError, type Problem } from "./problem.js";
import { render } from "./render.js";

export interface GenerateOptions extends ContractOptions {
  /** What the document was read from, for the head of the text. */
  readonly from: string;
  /** Leave out what cannot be generated, instead of failing on it. */
  readonly skipUnsupported: boolean;
}

export interface Generated {
  /** The module's TypeScript. */
  readonly text: string;
  readonly routes: readonly string[];
  readonly operations: readonly string[];
  /** Why routes and operations were skipped. */
  readonly skipped: readonly Problem[];
  /** Messages that are neither of a route nor a request with a reply. */
  readonly leftOut: readonly string[];
}

/**
 * Typed routes and operations of an AsyncAPI document.
 *
 * @param document as parsed from JSON or YAML
 * @throws CodegenError that lists all that is wrong
 */
export async function generate(document: unknown, options: GenerateOptions): Promise<Generated> {
  try {
    return await generateFrom(document, options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CodegenError([{ at: "", text: "This document is nested too deeply to be read." }]);
  }
}

async function generateFrom(document: unknown, options: GenerateOptions): Promise<Generated> {
  const contents = readDocument(document);
  const contract = readContract(contents, options);
  refuseProblems(contract.problems, options.skipUnsupported);
  const { routes, operations, problems: skipped, leftOut } = contract;
  if (routes.length + operations.length === 0) {
    const why = skipped.length > 0 ? "everything in it is skipped" : "it has no message named like bars.subscribe";
    const text = `Nothing can be generated of this document: ${why}, and no request with a reply.`;
    throw new CodegenError([...skipped, { at: "", text }]);
  }
  const text = await render(contract, contents, options.from);
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
  return { text, routes: names(routes), operations: names(operations), skipped, leftOut };
}
