export {
  type BarHistory,
  type BarHistoryOptions,
  type BarHistoryState,
  type BarSeries,
  createBarHistory,
} from "./bar-history.js";
export { changedBars } from "./bars.js";
export { QuoteBoard, type QuoteSpeed, type QuoteState, quoteBoardOf } from "./quote-board.js";
export type { Store, TopicResult } from "./store.js";
