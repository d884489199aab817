import type { Publication, ToldUpdate } from "./journal.js";
import type { Verdict } from "./verdict.js";

/** The publication that a listener was told of, where it was told of one that there is, with the offset that it has. */
export function known(
  { id, offset }: ToldUpdate,
  publication: Publication | undefined,
  name: string,
  verdict: Verdict,
): Publication | undefined {
  if (publication !== undefined && (offset === undefined || offset === publication.offset)) return publication;
  verdict.unknown += 1;
  const said = publication === undefined ? "nobody has published it" : `it was published as ${publication.offset}`;
  verdict.violations.push(`${name}: update ${id} was told${offset === undefined ? "" : ` as ${offset}`}: ${said}`);
  return undefined;
}
