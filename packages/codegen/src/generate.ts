import { type ContractOptions, readContract, refuseProblems } from "./contract.js";
import { readDocument } from "./document.js";
import { CodegenError, type Problem } from "./problem.js";
import { render } from "./render.js";
import { renderMessages } from "./render-messages.js";

export interface GenerateOptions extends ContractOptions {
  /** The source of the document, for the header comment of the module. */
  readonly from: string;
  /** Generates one type for each message, instead of routes and operations. @default false */
  readonly typesOnly?: boolean;
  /** Leaves out routes and operations that cannot be generated, instead of throwing. */
  readonly skipUnsupported: boolean;
}

export interface Generated {
  /** The module's TypeScript. */
  readonly text: string;
  readonly routes: readonly string[];
  readonly operations: readonly string[];
  /** With `typesOnly`: the names of the messages' types. */
  readonly types: readonly string[];
  /** Reasons for the skipped routes and operations. */
  readonly skipped: readonly Problem[];
  /** Messages that are neither part of a route nor a request with a reply. */
  readonly leftOut: readonly string[];
}

/**
 * Generates typed routes and operations from an AsyncAPI document.
 *
 * @param document as parsed from JSON or YAML
 * @throws CodegenError listing every problem
 */
export async function generate(document: unknown, options: GenerateOptions): Promise<Generated> {
  try {
    return await generateFrom(document, options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CodegenError([{ at: "", text: "This document is nested too deeply." }]);
  }
}

async function generateFrom(document: unknown, options: GenerateOptions): Promise<Generated> {
  const contents = readDocument(document, options.typesOnly);
  if (options.typesOnly) {
    if (contents.messages.length === 0) {
      throw new CodegenError([{ at: "", text: "Nothing can be generated from this document: it has no message." }]);
    }
    return { ...(await renderMessages(contents, options.from)), routes: [], operations: [], skipped: [], leftOut: [] };
  }
  const contract = readContract(contents, options);
  refuseProblems(contract.problems, options.skipUnsupported);
  const { routes, operations, problems: skipped, leftOut } = contract;
  if (routes.length + operations.length === 0) {
    const why = skipped.length > 0 ? "everything in it is skipped" : "it has no message named like bars.subscribe";
    const hint = leftOut.length === 0 ? "" : ` Use --types-only for the types of its messages: ${leftOut.join(", ")}.`;
    const text = `Nothing can be generated from this document: ${why}, and no request with a reply.${hint}`;
    throw new CodegenError([...skipped, { at: "", text }]);
  }
  const text = await render(contract, contents, options.from);
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
  return { text, routes: names(routes), operations: names(operations), types: [], skipped, leftOut };
}
