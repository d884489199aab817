import { type LogFields, type Logger, type LogLevel, sanitizeFields } from "@trading/ws-server";
import { pino } from "pino";
import { RAISE_OPEN_FILES } from "./http/open-files.js";

/** Maximum number of nested causes of an error that are looked at. */
const MAX_CAUSES = 10;

/** A logger whose level can change. */
export interface LeveledLogger extends Logger {
  level: LogLevel;
  /** Writes a line at every level. */
  audit(message: string, fields: LogFields): void;
}

/** Returns a logger as one with a level. The level of another logger cannot be changed: it stays `info`. */
export function leveled(logger: Logger): LeveledLogger {
  if ("audit" in logger) return logger as LeveledLogger;
  const { debug, info, warn, error } = logger;
  return { debug, info, warn, error, level: "info", audit: info };
}

/** Options of the lines of {@link createLogger}. */
export interface LineOptions {
  /** Receives each line, including its newline. @default standard error */
  readonly write?: ((line: string) => void) | undefined;
  /** Fields of every line. @default none */
  readonly fields?: LogFields | undefined;
}

/**
 * Creates a logger that writes with pino: `time`, `level`, `message` and the fields. Strings from clients are escaped,
 * truncated and stripped of secrets, so they can neither forge a log line nor send control sequences to a terminal.
 *
 * @param format `json`: one object per line; `text`: for reading in a terminal
 */
export function createLogger(
  level: LogLevel,
  format: "json" | "text",
  { write = (line) => void process.stderr.write(line), fields: base }: LineOptions = {},
): LeveledLogger {
  const shape = format === "json" ? withoutControls : textOf;
  const options = {
    base: base ?? null,
    messageKey: "message",
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const lines = { write: (line: string) => write(`${shape(line.trimEnd())}\n`) };
  const log = pino({ ...options, level }, lines);
  const audit = pino({ ...options, level: "info" }, lines);
  const at =
    (name: Exclude<LogLevel, "silent">): Logger["info"] =>
    (message, fields = {}) => {
      if (!log.isLevelEnabled(name)) return;
      const text = isOutOfFiles(fields.error)
        ? `${message}: the limit of open files is reached, ${RAISE_OPEN_FILES}`
        : message;
      log[name](sanitizeFields(fields), sanitizeFields({ message: text }).message as string);
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    audit: (message, fields) => audit.info(sanitizeFields(fields), message),
    get level() {
      return log.level as LogLevel;
    },
    set level(next) {
      log.level = next;
    },
  };
}

/** Returns whether an error, or one of its causes, is that the process or the system can open no more files. */
function isOutOfFiles(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < MAX_CAUSES; at = at.cause, depth++) {
    const { code = "" } = at as NodeJS.ErrnoException;
    if (code === "EMFILE" || code === "ENFILE") return true;
  }
  return false;
}

/** Formats a line as `12:03:59.120 WARN  The feed is late  symbol="AAPL"`, followed by the error's stack. */
function textOf(line: string): string {
  const { time, level, message, error, ...fields } = JSON.parse(line);
  const facts = Object.entries(fields).map(([name, value]) => `  ${name}=${JSON.stringify(value)}`);
  const stack = typeof error === "string" ? error.split("\n").map((at) => `\n    ${withoutControls(at)}`) : [];
  const head = `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${message}${facts.join("")}`;
  return withoutControls(head) + stack.join("");
}

/** Escapes DEL and the C1 control characters, which JSON leaves as they are and some terminals interpret. */
function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
