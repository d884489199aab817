import type { Clock } from "@trading/ws-server";
import type { ServerModule } from "../module.js";
import { datafeedRest } from "./rest.js";
import type { Datafeed } from "./service.js";
import { datafeedStreams } from "./streams.js";

/**
 * Creates the module that serves market data. The caller owns the datafeed and closes it, because the broker uses it
 * too.
 */
export function createDatafeedModule(datafeed: Datafeed, clock: Clock): ServerModule {
  return {
    name: "datafeed",
    streams: datafeedStreams(datafeed, clock),
    registerRest: (rest) => datafeedRest(rest, datafeed),
    isReady: () => datafeed.isReady(),
    close: async () => {},
  };
}
