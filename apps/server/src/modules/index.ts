import { EnvError } from "../config/env.js";
import { createBrokerModule } from "./broker/index.js";
import { createDatafeedModule } from "./datafeed/index.js";
import { createMarket } from "./datafeed/market.js";
import type { ModuleContext, ServerModule } from "./module.js";

/** Creates each module of the reference server, by its name in ENABLED_MODULES. */
const MODULES: Readonly<Record<string, (context: ModuleContext) => ServerModule | Promise<ServerModule>>> = {
  datafeed: ({ datafeed, clock, cluster }) => createDatafeedModule(datafeed, clock, cluster !== undefined),
  broker: ({ env, datafeed, ...context }) =>
    createBrokerModule({
      ...context,
      market: createMarket(datafeed, context.clock),
      databaseUrl: env.DATABASE_URL || undefined,
      eventsKeepDays: env.EVENTS_KEEP_DAYS,
    }),
};

/**
 * Creates the enabled modules.
 *
 * @param enabled names of modules, or `all`
 * @throws EnvError for an unknown name
 */
export function createModules(enabled: readonly string[], context: ModuleContext): Promise<ServerModule[]> {
  const known = Object.keys(MODULES);
  const unknown = enabled.find((name) => name !== "all" && !known.includes(name));
  if (unknown !== undefined) {
    const problem = `Unknown module ${JSON.stringify(unknown)} in ENABLED_MODULES`;
    throw new EnvError("ENABLED_MODULES", `${problem}: expected all, or some of ${known.join(",")}.`);
  }
  const selected = enabled.includes("all") ? known : known.filter((name) => enabled.includes(name));
  return Promise.all(selected.map((name) => MODULES[name]!(context)));
}
