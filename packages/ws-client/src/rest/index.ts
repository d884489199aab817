export { createRest, type Rest, type RestOptions } from "./create-rest.js";
export { createIdempotencyKey } from "./idempotency-key.js";
export type * from "./rest.js";
export { type Problem, RestError } from "./rest-error.js";
export type * from "./symbols.js";
export type * from "./trading.js";
