import { type Logger, type LogLevel, sanitizeFields } from "@trading/ws-server";
import { pino } from "pino";

/**
 * Creates a logger that writes with pino: `time`, `level`, `message` and the fields. Strings from clients are escaped,
 * truncated and stripped of secrets, so they can neither forge a log line nor send control sequences to a terminal.
 *
 * @param format `json`: one object per line; `text`: for reading in a terminal
 * @param write receives each line, including its newline. @default standard error
 */
export function createLogger(
  level: LogLevel,
  format: "json" | "text",
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Logger {
  const shape = format === "json" ? withoutControls : textOf;
  const log = pino(
    {
      level,
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => write(`${shape(line.trimEnd())}\n`) },
  );
  const at = (name: Exclude<LogLevel, "silent">): Logger["info"] => {
    if (!log.isLevelEnabled(name)) return () => {};
    return (message, fields = {}) => log[name](sanitizeFields(fields), sanitizeFields({ message }).message as string);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
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
