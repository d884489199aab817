import { EnvError } from "../config/env.js";
import { createBrokerModule } from "./broker/index.js";
import { createDatafeedModule } from "./datafeed/index.js";
import { createMarket } from "./datafeed/market.js";
import type { ModuleContext, ServerModule } from "./module.js";

/** Every module of the reference server, by the name that ENABLED_MODULES has. */
const MODULES: Readonly<Record<string, (context: ModuleContext) => ServerModule | Promise<ServerModule>>> = {
  datafeed: ({ datafeed, clock }) => createDatafeedModule(datafeed, clock),
  broker: ({ env, datafeed, ...context }) =>
    createBrokerModule({
      ...context,
      market: createMarket(datafeed, context.clock),
      databaseUrl: env.DATABASE_URL || undefined,
    }),
};

/**
 * Makes the modules that are asked for.
 *
 * @param enabled their names, or only `all`
 * @throws EnvError for a name that there is none of
 */
export function createModules(enabled: readonly string[], context: ModuleContext): Promise<ServerModule[]> {
  const known = Object.keys(MODULES);
  const unknown = enabled.find((name) => name !== "all" && !known.includes(name));
  if (unknown !== undefined) {
    const told = `ENABLED_MODULES has ${JSON.stringify(unknown)}, which is no module`;
    throw new EnvError("ENABLED_MODULES", `${told}: give all, or some of ${known.join(",")}.`);
  }
  const wanted = enabled.includes("all") ? known : known.filter((name) => enabled.includes(name));
  return Promise.all(wanted.map((name) => MODULES[name]!(context)));
}
