/**
 * Sorts keys by code point, in place. `Array.prototype.sort` compares UTF-16 units instead, which puts U+1F600 before
 * U+FFEE; Python does not.
 */
export function sortByCodePoint(keys: string[]): void {
  if (keys.length > 10) {
    keys.sort(compareCodePoints);
    return;
  }
  for (let end = 1; end < keys.length; end++) {
    const key = keys[end] as string;
    let at = end;
    for (; at > 0 && compareCodePoints(keys[at - 1] as string, key) > 0; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
}

function compareCodePoints(left: string, right: string): number {
  for (let index = 0; ; index++) {
    // The end of a key sorts before any character, so a prefix comes first.
    const difference = (left.codePointAt(index) ?? -1) - (right.codePointAt(index) ?? -1);
    if (difference || index >= left.length) return difference;
  }
}
