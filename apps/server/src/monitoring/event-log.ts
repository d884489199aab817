import type { Clock, Logger, Observer } from "@trading/ws-server";
import { Refusals } from "../http/refusals.js";
import type { ServerModule } from "../modules/module.js";

/** Interval at which the state of the modules is read. */
const READINESS_INTERVAL_MS = 1_000;

/**
 * Creates an observer that logs logins: the first of a connection with `info`, later ones, which renew a token, with `debug`;
 * refused ones once a minute with their number.
 */
export function loginLog(clock: Clock, logger: Logger): Observer {
  const refusals = new Refusals(clock, logger);
  return {
    loggedIn({ isRenewal, ...fields }) {
      if (isRenewal) logger.debug("A client has renewed its token", fields);
      else logger.info("A client has logged in", fields);
    },
    loginRefused: ({ address, code }) => refusals.record("login", { address, code }),
  };
}

/**
 * Logs each change of the state of the modules, from now on, such as `ready` to `unavailable`.
 *
 * @returns stops it
 */
export function logReadiness(modules: readonly ServerModule[], clock: Clock, logger: Logger): () => void {
  const known = new Map<string, string>();
  let cancel = () => {};
  const check = () => {
    for (const { name, readiness } of modules.map((module) => ({ name: module.name, readiness: module.readiness() }))) {
      const { status, reason } = readiness;
      if (known.get(name) === status) continue;
      const fields = { module: name, status, ...(reason !== undefined && { reason }) };
      if (status === "unavailable") logger.warn("A module cannot serve requests", fields);
      else logger.info(status === "ready" ? "A module is ready" : "A module is a standby", fields);
      known.set(name, status);
    }
    cancel = clock.after(READINESS_INTERVAL_MS, check);
  };
  check();
  return () => cancel();
}
