import type { TimeZone } from "./time-zone.js";

/** Returns a time as the value of an input of type `datetime-local`, on the clocks of a zone: `2026-06-12T16:00`. */
export function wallTimeOf(ms: number, zone: TimeZone): string {
  return new Date(ms + zone.offsetAt(ms)).toISOString().slice(0, 16);
}

/**
 * Returns the time at which the clocks of a zone show the value of an input of type `datetime-local`, in Unix milliseconds.
 * Undefined for an incomplete value.
 */
export function timeOfWall(text: string, zone: TimeZone): number | undefined {
  const wall = Date.parse(`${text}Z`);
  if (Number.isNaN(wall)) return undefined;
  // The offset is known by the time that is sought. A first guess is on the same side of a change of the clocks.
  return wall - zone.offsetAt(wall - zone.offsetAt(wall));
}
