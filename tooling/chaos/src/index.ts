export { type Clock, systemClock } from "./clock.js";
export type { Ending, Fault, Side } from "./fault.js";
export { FaultProxy, type FaultProxyOptions } from "./fault-proxy.js";
export {
  Journal,
  type ListenerJournal,
  type ListenerOptions,
  type Position,
  type Promised,
  type RunJournal,
  type ToldGap,
  type ToldStatus,
  type ToldUpdate,
} from "./journal.js";
export type { Link } from "./link.js";
export type { Verdict } from "./verdict.js";
