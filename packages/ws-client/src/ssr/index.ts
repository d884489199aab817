export type { Dehydrated, DehydratedBars, DehydratedState, DehydratedTopic } from "./dehydrated.js";
export { type HydratedTopics, hydratedTopics } from "./hydrated-topics.js";
export { type PrefetchOptions, prefetchBars, prefetchQuotes, prefetchTopic } from "./prefetch.js";
export { stringifyState } from "./stringify-state.js";
