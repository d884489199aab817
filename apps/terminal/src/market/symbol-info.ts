import type { Resolution } from "../chart/resolutions.js";

/** A symbol of the server's datafeed. */
export interface SymbolInfo {
  readonly symbol: string;
  readonly description: string;
  readonly exchange: string;
  /** Available resolutions, finest first. */
  readonly resolutions: readonly Resolution[];
}
