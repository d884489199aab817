export type * from "../rest/symbols.js";
export type * from "../rest/trading.js";
export { type BrokerOptions, createBroker } from "./broker.js";
export type * from "./broker-types.js";
export { createDatafeed, type DatafeedOptions } from "./datafeed.js";
export type * from "./datafeed-types.js";
