export { ManualClock } from "@trading/topic/testing";
export { type BusCheck, busChecks } from "./bus-checks.js";
export { MemoryClient, type MemoryClientOptions } from "./memory-client.js";
export { type PubSubCheck, pubSubChecks } from "./pub-sub-checks.js";
export { type LogEntry, RecordingLogger } from "./recording-logger.js";
export { ScriptedSource } from "./scripted-source.js";
