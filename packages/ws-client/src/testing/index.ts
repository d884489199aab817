export { ManualClock } from "@trading/topic/testing";
export type { ClientFrame } from "./memory-connection.js";
export { MemoryServer, type MemoryServerOptions, type OperationHandler } from "./memory-server.js";
export { type PlayOptions, play } from "./player.js";
export { type RecordedFrame, type Recorder, type Recording, record } from "./recording.js";
