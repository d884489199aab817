import { loadStored, saveStored } from "./stored.js";

/** A panel whose size the user can change. */
export type PanelName = "side" | "watch" | "account";

/** Sizes in pixels: widths, and the height of the account. A panel without one has its default, which layout.css sets. */
export type PanelSizes = Partial<Readonly<Record<PanelName, number>>>;

/** The smallest and the largest size of a panel. */
export interface PanelLimits {
  readonly min: number;
  readonly max: number;
}

export const PANEL_NAMES: readonly PanelName[] = ["side", "watch", "account"];

/** Smallest sizes, as in layout.css. */
const MIN_SIZES: Readonly<Record<PanelName, number>> = { side: 240, watch: 200, account: 120 };

/** The part of the width of the workspace that one of the columns next to the chart can have, as in layout.css. */
const MAX_COLUMN = 0.3;

/** The padding at the sides of the workspace. */
const PADDING = 24;

/** The smallest height of the chart, with the gaps above and below the account, as in layout.css. */
const CHART_AND_GAPS = 344;

/** Pixels by which an arrow key moves a separator. */
const STEP = 16;

const STORAGE_KEY = "trading-panels";

/** Returns the limits of a panel in a workspace of a size, so that the chart always has room. */
export function limitsOf(
  name: PanelName,
  { clientWidth, clientHeight }: Pick<Element, "clientWidth" | "clientHeight">,
): PanelLimits {
  const min = MIN_SIZES[name];
  const max = name === "account" ? clientHeight - CHART_AND_GAPS : Math.floor((clientWidth - PADDING) * MAX_COLUMN);
  return { min, max: Math.max(min, max) };
}

/**
 * Returns the size of a panel after a key on its separator, after the ARIA pattern for window splitters. Undefined if the key does
 * nothing. The panels are at the right and at the bottom, so that a separator which moves left or up makes its panel larger.
 *
 * @param restored the size to which Enter returns a panel that has its smallest one
 */
export function sizeAfterKey(
  key: string,
  name: PanelName,
  size: number,
  { min, max }: PanelLimits,
  restored: number,
): number | undefined {
  const [larger, smaller] = name === "account" ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
  const sizes: Readonly<Record<string, number>> = {
    [larger as string]: size + STEP,
    [smaller as string]: size - STEP,
    Home: min,
    End: max,
    Enter: size > min ? min : restored,
  };
  const next = sizes[key];
  return next === undefined ? undefined : Math.min(max, Math.max(min, next));
}

/** Returns the remembered sizes. */
export function loadPanelSizes(): PanelSizes {
  return loadStored(STORAGE_KEY, sizesOf, {});
}

/** Sets the size of a panel, and remembers it. @param size undefined for the default */
export function resizePanel(name: PanelName, size: number | undefined): void {
  const { [name]: _, ...others } = loadPanelSizes();
  const sizes = size === undefined ? others : { ...others, [name]: size };
  saveStored(STORAGE_KEY, sizes);
  applyPanelSizes(sizes);
}

/** Returns all panels to their default sizes. */
export function resetPanels(): void {
  saveStored(STORAGE_KEY, {});
  applyPanelSizes({});
}

/** Gives the panels their sizes. The style sheet keeps them within the window. */
export function applyPanelSizes(sizes: PanelSizes): void {
  const { style } = document.documentElement;
  for (const name of PANEL_NAMES) {
    const size = sizes[name];
    if (size === undefined) style.removeProperty(`--${name}-size`);
    else style.setProperty(`--${name}-size`, `${size}px`);
  }
}

function sizesOf(stored: unknown): PanelSizes | undefined {
  if (typeof stored !== "object" || stored === null) return undefined;
  const known = PANEL_NAMES.map((name) => [name, (stored as Record<string, unknown>)[name]] as const);
  return Object.fromEntries(known.filter(([, size]) => Number.isFinite(size)));
}
