export { type Clock, systemClock } from "./clock.js";
export type { Ending, Fault, Side } from "./fault.js";
export { FaultProxy, type FaultProxyOptions } from "./fault-proxy.js";
export type { Link } from "./link.js";
