export { ManualClock } from "./manual-clock.js";
export { MemoryClient, type MemoryClientOptions } from "./memory-client.js";
export { type LogEntry, RecordingLogger } from "./recording-logger.js";
export { ScriptedSource } from "./scripted-source.js";
