export type { RedisTlsOptions } from "./connection.js";
export { RedisBus, type RedisBusOptions } from "./redis-bus.js";
