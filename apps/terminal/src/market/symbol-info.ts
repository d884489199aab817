import type { Resolution } from "../chart/resolutions.js";

/** A symbol the server has data of. */
export interface SymbolInfo {
  readonly symbol: string;
  readonly description: string;
  readonly exchange: string;
  /** The lengths of bars there are of it, finest first. */
  readonly resolutions: readonly Resolution[];
}
