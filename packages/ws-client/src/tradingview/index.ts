export { type BrokerOptions, createBroker } from "./broker.js";
export type * from "./broker-types.js";
export { createRest, type Rest, type RestOptions } from "./create-rest.js";
export { createDatafeed, type DatafeedOptions } from "./datafeed.js";
export type * from "./datafeed-types.js";
export type { Resolution } from "./resolution.js";
export type * from "./rest.js";
export { type Problem, RestError } from "./rest-error.js";
