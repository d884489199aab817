import { systemClock } from "@trading/ws-server";
import { TITLE, VERSION } from "./app.js";
import { SimulatedDatafeed } from "./modules/datafeed/simulated/feed.js";
import { modulesOf } from "./modules/index.js";

/** What the exported AsyncAPI documents describe: the reference server, as it is without any setting. Nothing runs. */
export const service = {
  title: TITLE,
  version: VERSION,
  path: "/api/v1/ws",
  modules: modulesOf({ datafeed: new SimulatedDatafeed("documents", systemClock), clock: systemClock }),
};
