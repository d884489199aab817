import { Gauge, type Registry } from "prom-client";
import type { App } from "../app.js";
import type { Readiness } from "../modules/module.js";

/** Measures whether each module is ready, or a standby of another server. */
export function measureReadiness(app: App, register: Registry): void {
  measureStatus(app, register, "ready", {
    name: "trading_module_ready",
    help: "1 while the module serves requests: for the broker, while this server holds the store and can commit",
  });
  measureStatus(app, register, "standby", {
    name: "trading_module_standby",
    help: "1 while another server serves the module's requests, and this one takes over when that one ends",
  });
}

/** Measures how many other servers of the cluster accept other tokens. */
export function measureConflicts(conflicts: { readonly size: number }, register: Registry): void {
  new Gauge({
    name: "trading_cluster_token_conflicts",
    help: "Servers of the cluster that accept other tokens than this one",
    registers: [register],
    collect() {
      this.set(conflicts.size);
    },
  });
}

function measureStatus(
  { modules }: App,
  register: Registry,
  status: Readiness["status"],
  metric: { readonly name: string; readonly help: string },
): void {
  new Gauge({
    ...metric,
    labelNames: ["module"],
    registers: [register],
    collect() {
      for (const module of modules) this.set({ module: module.name }, module.readiness().status === status ? 1 : 0);
    },
  });
}
