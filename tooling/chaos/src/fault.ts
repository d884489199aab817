/** The destination of a stream of bytes. */
export type Side = "client" | "server";

/** The end of a connection: orderly, after the data that was sent before it, or by a reset. */
export type Ending = "FIN" | "RST";

/**
 * A network fault, as plain data, so that a random history can be printed and repeated. Without `towards`, it applies to both
 * directions.
 */
export type Fault =
  /** Passes on data that arrives from now on after `ms` milliseconds. 0 = immediately. */
  | { readonly does: "delay"; readonly ms: number; readonly towards?: Side }
  /**
   * Ends the connection for both sides after `afterBytes` more bytes in a direction; nothing passes after that. 0 = now. When
   * armed, 0 looks like a server that accepts a connection and closes it immediately.
   */
  | { readonly does: "cut"; readonly afterBytes: number; readonly by: Ending; readonly towards?: Side }
  /** Drops all further data and FINs. Neither side notices. */
  | { readonly does: "black hole"; readonly towards?: Side }
  /** Ends the direction towards one side; the other direction stays open. */
  | { readonly does: "half-close"; readonly towards: Side }
  /** Writes each byte from now on separately. */
  | { readonly does: "byte by byte"; readonly towards?: Side }
  /** Queues data and FINs until `release`. */
  | { readonly does: "hold"; readonly towards?: Side }
  /** Passes on the queued data. */
  | { readonly does: "release"; readonly towards?: Side };

/** Returns the sides that a fault applies to. */
export function sidesOf({ towards }: Fault): readonly Side[] {
  return towards === undefined ? ["client", "server"] : [towards];
}

/** @throws RangeError on an invalid number of milliseconds or bytes */
export function assertFault(fault: Fault): void {
  if (fault.does === "delay" && !(Number.isFinite(fault.ms) && fault.ms >= 0)) {
    throw new RangeError(`Invalid delay: expected ms to be 0 or more, got ${fault.ms}`);
  }
  if (fault.does === "cut" && !(Number.isSafeInteger(fault.afterBytes) && fault.afterBytes >= 0)) {
    throw new RangeError(`Invalid cut: expected afterBytes to be an integer of 0 or more, got ${fault.afterBytes}`);
  }
}
