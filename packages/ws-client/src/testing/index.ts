export { ManualClock } from "./manual-clock.js";
export type { ClientFrame } from "./memory-connection.js";
export { MemoryServer, type MemoryServerOptions, type OperationHandler } from "./memory-server.js";
