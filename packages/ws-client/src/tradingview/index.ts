export { createRest, type Rest, type RestOptions } from "../rest/create-rest.js";
export type * from "../rest/rest.js";
export { type Problem, RestError } from "../rest/rest-error.js";
export { type BrokerOptions, createBroker } from "./broker.js";
export type * from "./broker-types.js";
export { createDatafeed, type DatafeedOptions } from "./datafeed.js";
export type * from "./datafeed-types.js";
export type { Resolution } from "./resolution.js";
