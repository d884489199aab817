import { lineLogger, systemClock, systemRandom } from "@trading/ws-server";
import { parseEnv } from "../config/env.js";
import { Datafeed } from "../modules/datafeed/service.js";
import { SimulatedSource } from "../modules/datafeed/sources/simulated/source.js";
import { createModules } from "../modules/index.js";
import type { ServerModule } from "../modules/module.js";

/** Creates every module with default settings and in-memory storage, for the exported documents. */
export function documentedModules(): Promise<ServerModule[]> {
  return createModules(["all"], {
    env: parseEnv({}),
    datafeed: new Datafeed(new SimulatedSource("documents", systemClock)),
    clock: systemClock,
    random: systemRandom,
    logger: lineLogger("silent"),
    dataDirectory: undefined,
  });
}
