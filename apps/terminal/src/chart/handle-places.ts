/** The size of a handle and the distance of its line from the top, in pixels. */
export interface HandleBox {
  readonly y: number;
  readonly width: number;
}

/** The place of a handle, in pixels. */
export interface HandlePlace {
  /** Distance of its middle from the top. */
  readonly y: number;
  /** Distance of its right side from the price axis. */
  readonly right: number;
}

export const HANDLE_HEIGHT = 24;
const GAP = 6;

/** Places handles at their lines or the nearest edge, next to each other where one would cover another. @param height of the chart's prices */
export function placeHandles(boxes: readonly HandleBox[], height: number): readonly HandlePlace[] {
  const half = HANDLE_HEIGHT / 2;
  const placed: (HandlePlace & { readonly width: number })[] = [];
  for (const { y, width } of boxes) {
    const clamped = Math.min(Math.max(half, height - half), Math.max(half, y));
    const inRow = placed.filter((other) => Math.abs(other.y - clamped) < HANDLE_HEIGHT);
    const right = Math.max(GAP, ...inRow.map((other) => other.right + other.width + GAP));
    placed.push({ y: clamped, right, width });
  }
  return placed.map(({ y, right }) => ({ y, right }));
}

/** Rounds a price to the nearest step, without binary rounding errors. */
export function roundToStep(price: number, step: number): number {
  return Math.round(Math.round(price / step) * step * 1e10) / 1e10;
}
