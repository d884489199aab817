import type { Publication, ReceivedUpdate } from "./journal.js";
import type { Verdict } from "./verdict.js";

/** Returns the publication if a received update matches it; otherwise adds a violation and returns undefined. */
export function known(
  { id, offset }: ReceivedUpdate,
  publication: Publication | undefined,
  name: string,
  verdict: Verdict,
): Publication | undefined {
  if (publication !== undefined && (offset === undefined || offset === publication.offset)) return publication;
  verdict.unknown += 1;
  const reason = publication === undefined ? "it was never published" : `it was published as ${publication.offset}`;
  verdict.violations.push(
    `${name}: update ${id} was received${offset === undefined ? "" : ` as ${offset}`}: ${reason}`,
  );
  return undefined;
}
