/** Where the engine and its sources write what no client may see. Never throws. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Facts beside the message. An `Error` among them is written with its stack. */
export type LogFields = Readonly<Record<string, unknown>>;

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];

/**
 * Writes one JSON object a line: time, level, message, fields. Text from outside is escaped by that, so it can neither
 * forge a line nor drive a terminal.
 *
 * @param level the least important level that is written
 * @param write takes a finished line, with its newline; default: standard error
 */
export function lineLogger(
  level: LogLevel,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Logger {
  const at = (name: LogLevel) => {
    if (LEVELS.indexOf(name) < LEVELS.indexOf(level)) return () => {};
    return (message: string, fields?: LogFields) =>
      write(`${escapeControls(encode({ time: new Date().toISOString(), level: name, message, ...fields }))}\n`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function encode(entry: object): string {
  try {
    return JSON.stringify(entry, (_key, value: unknown) => {
      if (value instanceof Error) return value.stack ?? String(value);
      return typeof value === "bigint" ? String(value) : value;
    });
  } catch (error) {
    // A cycle, or a getter that throws: the line must still be written, and logging must never throw.
    return JSON.stringify({ level: "error", message: "A log entry could not be written", reason: String(error) });
  }
}

/** JSON.stringify leaves DEL and the C1 controls as they are; some terminals act on them. */
function escapeControls(text: string): string {
  return text.replace(/[\x7f-\x9f]/g, (unit) => `\\u00${unit.charCodeAt(0).toString(16)}`);
}
