import { EnvError } from "../config/env.js";
import { createBrokerModule } from "./broker/index.js";
import { ClusterMarket } from "./datafeed/cluster-market.js";
import { createDatafeedModule } from "./datafeed/index.js";
import { createMarket } from "./datafeed/market.js";
import type { ModuleContext, ServerModule } from "./module.js";

/** Creates a module. @param enabled the names of all enabled modules */
type CreateModule = (context: ModuleContext, enabled: readonly string[]) => ServerModule | Promise<ServerModule>;

/** Creates each module of the reference server, by its name in ENABLED_MODULES. */
const MODULES: Readonly<Record<string, CreateModule>> = {
  datafeed: ({ datafeed, clock, cluster }) => createDatafeedModule(datafeed, clock, cluster !== undefined),
  async broker({ env, datafeed, ...context }, enabled) {
    // Without the datafeed, this server could not run the topics of a symbol whose prices it follows.
    const isFollowing = context.cluster !== undefined && enabled.includes("datafeed");
    const market = isFollowing ? new ClusterMarket(datafeed, context.clock) : createMarket(datafeed, context.clock);
    const module = await createBrokerModule({
      ...context,
      market,
      databaseUrl: env.DATABASE_URL || undefined,
      eventsKeepDays: env.EVENTS_KEEP_DAYS,
    });
    return market instanceof ClusterMarket ? { ...module, connect: (stream) => market.connect(stream) } : module;
  },
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
  return Promise.all(selected.map((name) => MODULES[name]!(context, selected)));
}
