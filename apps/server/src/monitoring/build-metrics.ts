import { Gauge, type Registry } from "prom-client";

/** Adds `trading_build_info`, whose labels are the versions of the server and of Node.js. Its value is always 1. */
export function describeBuild(version: string, register: Registry): void {
  const info = new Gauge({
    name: "trading_build_info",
    help: "The versions of the server and of Node.js, as labels",
    labelNames: ["version", "node"],
    registers: [register],
  });
  info.set({ version, node: process.versions.node }, 1);
}
