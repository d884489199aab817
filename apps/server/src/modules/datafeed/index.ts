import type { Clock } from "@trading/ws-server";
import type { ServerModule } from "../module.js";
import { ClusterPresent, type TopicReader } from "./cluster-present.js";
import { datafeedRest } from "./rest.js";
import type { Datafeed } from "./service.js";
import { datafeedStreams } from "./streams.js";

/**
 * Creates the module that serves market data. The caller owns the datafeed and closes it, because the broker uses it
 * too.
 *
 * @param isClustered whether other servers run sources too: then each symbol has one upstream feed among all of them
 */
export function createDatafeedModule(datafeed: Datafeed, clock: Clock, isClustered = false): ServerModule {
  const cluster = isClustered ? new ClusterPresent() : undefined;
  const present = cluster ?? datafeed;
  return {
    name: "datafeed",
    streams: datafeedStreams(datafeed, clock, present),
    registerRest: (rest) => datafeedRest(rest, datafeed, clock, present),
    ...(cluster !== undefined && { connect: (stream: TopicReader) => cluster.connect(stream) }),
    readiness: () =>
      datafeed.isReady() ? { status: "ready" } : { status: "unavailable", reason: "its source is not connected" },
    close: async () => {},
  };
}
