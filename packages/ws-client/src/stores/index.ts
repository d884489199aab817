export {
  type BarHistory,
  type BarHistoryOptions,
  type BarHistoryState,
  type BarSeries,
  createBarHistory,
} from "./bar-history.js";
export { changedBars } from "./bars.js";
export { type Command, type CommandKind, type CommandOptions, type CommandState, createCommand } from "./command.js";
export {
  type OptimisticOrder,
  type PendingCommand,
  type PendingCommands,
  type PendingEntry,
  pendingCommandsOf,
  withPending,
} from "./pending-commands.js";
export { QuoteBoard, type QuoteSpeed, type QuoteState, quoteBoardOf } from "./quote-board.js";
export type { Store, TopicResult } from "./store.js";
