/** Returns the symbol in the page's URL; null without one. */
export function symbolInAddress(): string | null {
  return new URLSearchParams(location.search).get("symbol");
}
