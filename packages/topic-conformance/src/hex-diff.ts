const ROW = 16;

/**
 * Describes the first difference of two texts, with sixteen bytes of each around it:
 *
 *     first difference at byte 6 (expected 14 bytes, got 10)
 *       expected  7b 22 73 22 3a 22 5c 75 30 30 65 39 22 7d        {"s":"\u00e9"}
 *       actual    7b 22 73 22 3a 22 c3 a9 22 7d                    {"s":"é"}
 *                                   ^^
 */
export function firstDifference(expected: string, actual: string): string {
  const [left, right] = [Buffer.from(expected), Buffer.from(actual)];
  let at = 0;
  while (at < left.length && left[at] === right[at]) at++;
  const start = Math.max(0, at - ROW / 2);
  const marker = " ".repeat("  expected  ".length + 3 * (at - start));
  return [
    `first difference at byte ${at} (expected ${left.length} bytes, got ${right.length})`,
    `  expected  ${row(left, start)}`,
    `  actual    ${row(right, start)}`,
    `${marker}^^`,
  ].join("\n");
}

function row(bytes: Buffer, start: number): string {
  const part = bytes.subarray(start, start + ROW);
  const hex = Array.from(part, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const text = Array.from(part, (byte) => (byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : "·")).join("");
  return `${hex.padEnd(3 * ROW)} ${text}`;
}
