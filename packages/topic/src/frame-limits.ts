/** Limits of a frame. They are checked before any step that recurses or collects issues. */
export interface ParseLimits {
  /** Maximum number of characters. 0 = no limit. @default 65_536 */
  readonly maxLength?: number;
  /** Maximum number of nested arrays and objects. 0 = no limit. @default 32 */
  readonly maxDepth?: number;
  /**
   * Maximum number of elements and members in all arrays and objects. A schema collects an issue for each invalid one,
   * so a small frame could be expensive to reject. 0 = no limit. @default 4096
   */
  readonly maxElements?: number;
}

/**
 * Returns how a JSON text exceeds the limits, `nested deeper than 32`; undefined if it does not. Counts brackets and commas
 * outside of strings, without recursion, so that it is safe on any text.
 */
export function excessOf(
  text: string,
  { maxLength = 65_536, maxDepth = 32, maxElements = 4_096 }: ParseLimits,
): string | undefined {
  if (maxLength && text.length > maxLength) return `longer than ${maxLength} characters`;
  // A text has no more elements than characters, and no more levels than brackets. The native search for brackets takes a tenth
  // of the time of the count below, which few frames need.
  if (text.length <= (maxElements || 1 / 0) && hasAtMost(maxDepth || 1 / 0, text)) return undefined;
  let depth = 0;
  let elements = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (inString) {
      if (unit === 0x5c) index++;
      else inString = unit !== 0x22;
    } else if (unit === 0x22) inString = true;
    else if (unit === 0x2c) elements++;
    // In ASCII, "[" and "{" differ in one bit only, and so do "]" and "}".
    else if ((unit & ~0x20) === 0x5b) {
      elements++;
      if (++depth > (maxDepth || 1 / 0)) return `nested deeper than ${maxDepth}`;
    } else if ((unit & ~0x20) === 0x5d) depth--;
    if (elements > (maxElements || 1 / 0)) return `more than ${maxElements} elements and members`;
  }
  return undefined;
}

/** Returns whether a text has at most this number of opening brackets, those in strings included. */
function hasAtMost(limit: number, text: string): boolean {
  let count = 0;
  for (const bracket of "{[") {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++count > limit) return false;
    }
  }
  return true;
}
