/** Whom bytes are on their way to. */
export type Side = "client" | "server";

/** How a connection ends: in order, with what was sent before; or torn down. */
export type Ending = "FIN" | "RST";

/**
 * What may go wrong with a connection, as plain data, so that a random history can be printed and repeated. Where `towards`
 * is left out, both directions are meant.
 */
export type Fault =
  /** Whatever arrives from now on is passed on so much later. 0 = at once. */
  | { readonly does: "delay"; readonly ms: number; readonly towards?: Side }
  /**
   * After so many more bytes of a direction both sides see the connection end, and nothing passes any more. 0 = now, which
   * is a server that accepts and closes where it is armed.
   */
  | { readonly does: "cut"; readonly afterBytes: number; readonly by: Ending; readonly towards?: Side }
  /** Nothing passes any more, no byte and no end; neither side is told. */
  | { readonly does: "black hole"; readonly towards?: Side }
  /** Whoever the bytes were for sees their end; the other direction goes on. */
  | { readonly does: "half-close"; readonly towards: Side }
  /** Every byte from now on is sent by itself. */
  | { readonly does: "byte by byte"; readonly towards?: Side }
  /** What arrives waits, an end too, until `release`. */
  | { readonly does: "hold"; readonly towards?: Side }
  /** What was held goes on. */
  | { readonly does: "release"; readonly towards?: Side };

/** The sides a fault means. */
export function sidesOf({ towards }: Fault): readonly Side[] {
  return towards === undefined ? ["client", "server"] : [towards];
}

/** @throws RangeError naming the number that is none of milliseconds or of bytes */
export function assertFault(fault: Fault): void {
  if (fault.does === "delay" && !(Number.isFinite(fault.ms) && fault.ms >= 0)) {
    throw new RangeError(`ms of a delay is ${fault.ms}: give milliseconds, 0 or more`);
  }
  if (fault.does === "cut" && !(Number.isSafeInteger(fault.afterBytes) && fault.afterBytes >= 0)) {
    throw new RangeError(`afterBytes of a cut is ${fault.afterBytes}: give a whole number of bytes, 0 or more`);
  }
}
