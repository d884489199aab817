export { type Clock, systemClock } from "./clock.js";
export type { Ending, Fault, Side } from "./fault.js";
export { FaultProxy, type FaultProxyOptions } from "./fault-proxy.js";
export {
  Journal,
  type ListenerJournal,
  type ListenerOptions,
  type ListenerStatus,
  type Position,
  type ReceivedUpdate,
  type ReportedGap,
  type RunJournal,
  type TopicKind,
} from "./journal.js";
export type { Link } from "./link.js";
export type { Verdict } from "./verdict.js";
