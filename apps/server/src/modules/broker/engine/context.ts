import type { Instrument } from "./instrument.js";
import type { Ledger } from "./ledger.js";
import type { Margin } from "./margin.js";
import type { Matching } from "./matching.js";
import type { Offers } from "./offers.js";
import type { EngineOptions } from "./options.js";

/** The parts of the engine that its commands work on. */
export interface EngineContext {
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly options: Required<EngineOptions>;
  readonly ledger: Ledger;
  readonly offers: Offers;
  readonly margin: Margin;
  readonly matching: Matching;
}
