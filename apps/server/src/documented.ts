import { lineLogger, systemClock, systemRandom } from "@trading/ws-server";
import { parseEnv } from "./env.js";
import { SimulatedDatafeed } from "./modules/datafeed/simulated/feed.js";
import { createModules } from "./modules/index.js";
import type { ServerModule } from "./modules/module.js";

/** Every module as it is without any setting, for the exported documents. Nothing runs, and nothing is kept. */
export function documentedModules(): Promise<ServerModule[]> {
  return createModules(["all"], {
    env: parseEnv({}),
    datafeed: new SimulatedDatafeed("documents", systemClock),
    clock: systemClock,
    random: systemRandom,
    logger: lineLogger("silent"),
    dataDirectory: undefined,
  });
}
