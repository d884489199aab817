import type { Clock, Module } from "@trading/ws-server";
import type { Datafeed } from "./datafeed/service.js";
import { datafeedModule } from "./datafeed/source.js";

/** What the reference server's modules get their data from. */
export interface Services {
  readonly datafeed: Datafeed;
  readonly clock: Clock;
}

/** Every module of the reference server: what it serves, and what its documents describe. */
export function modulesOf({ datafeed, clock }: Services): readonly Module[] {
  return [datafeedModule(datafeed, clock)];
}
