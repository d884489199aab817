import type { LogFields, Logger } from "../platform/logger.js";

/** A log entry. */
export interface LogEntry {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** A logger that records its entries for tests. */
export class RecordingLogger implements Logger {
  readonly entries: LogEntry[] = [];
  readonly debug = this.#at("debug");
  readonly info = this.#at("info");
  readonly warn = this.#at("warn");
  readonly error = this.#at("error");

  #at(level: LogEntry["level"]) {
    return (message: string, fields?: LogFields) => void this.entries.push({ level, message, fields });
  }
}
