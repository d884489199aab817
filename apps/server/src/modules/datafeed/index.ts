import type { Clock } from "@trading/ws-server";
import type { ServerModule } from "../module.js";
import { datafeedRest } from "./rest.js";
import type { Datafeed } from "./service.js";
import { datafeedStreams } from "./streams.js";

/** Market data for clients: its routes and endpoints. The datafeed stays the caller's, since brokers trade at it too. */
export function createDatafeedModule(datafeed: Datafeed, clock: Clock): ServerModule {
  return {
    name: "datafeed",
    streams: datafeedStreams(datafeed, clock),
    registerRest: (rest) => datafeedRest(rest, datafeed),
    isReady: () => datafeed.isReady(),
    close: async () => {},
  };
}
