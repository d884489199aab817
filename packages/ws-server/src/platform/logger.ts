/** Logger of the engine and its sources, for details that must not be disclosed to clients. Never throws. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Structured data of a log entry. An `Error` is written with its stack. */
export type LogFields = Readonly<Record<string, unknown>>;

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];

/** Maximum length of a text and of a stack, members per object or array, and depth. */
const LIMITS = { text: 200, stack: 4_000, members: 50, depth: 5 };

/** Names of members whose values are secret. */
const SECRET_NAME = /token|authorization|cookie|password|secret/i;
/** Tokens in any text: a bearer token, or the three parts of a JWT. */
const SECRET_TEXT = /\bbearer[ .]+[\w\-.~+/]+=*|\beyJ[\w-]+\.[\w-]+\.[\w-]*/gi;

/**
 * Creates a logger that writes one JSON object per line: time, level, message, fields. Text from clients is escaped, so
 * that it can neither forge a line nor send control sequences to a terminal. Long texts are truncated, and texts that look
 * like secrets are removed.
 *
 * @param level the lowest level that is written
 * @param write gets a complete line, including the newline; default: writes to standard error
 */
export function lineLogger(
  level: LogLevel,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Logger {
  const at = (name: LogLevel) => {
    if (LEVELS.indexOf(name) < LEVELS.indexOf(level)) return () => {};
    return (message: string, fields: LogFields = {}) =>
      write(
        `${encode({ time: new Date().toISOString(), level: name, message: sanitize(message), ...sanitizeFields(fields) })}\n`,
      );
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function encode(entry: object): string {
  return escapeControls(JSON.stringify(entry));
}

/**
 * Returns a copy of fields for another logger: with truncated texts, limited depth, errors as their stacks, and without
 * secrets. Never throws.
 */
export function sanitizeFields(fields: LogFields): Record<string, unknown> {
  return (sanitize(fields) ?? {}) as Record<string, unknown>;
}

/** Returns a copy within the limits. Never throws, even if a getter does. */
function sanitize(value: unknown, depth = 0): unknown {
  try {
    if (typeof value === "string") return truncate(value, LIMITS.text);
    if (typeof value === "bigint" || typeof value === "symbol") return String(value);
    if (value instanceof Error) return truncate(value.stack ?? String(value), LIMITS.stack);
    if (typeof value === "function") return undefined;
    if (typeof value !== "object" || value === null) return value;
    if (depth === LIMITS.depth) return "…";
    if (Array.isArray(value)) return value.slice(0, LIMITS.members).map((item) => sanitize(item, depth + 1));
    const members = Object.keys(value).slice(0, LIMITS.members);
    return Object.fromEntries(members.map((name) => [truncate(name, LIMITS.text), memberOf(value, name, depth)]));
  } catch {
    return "(cannot be written)";
  }
}

function memberOf(value: object, name: string, depth: number): unknown {
  if (SECRET_NAME.test(name)) return "(secret)";
  try {
    return sanitize((value as Record<string, unknown>)[name], depth + 1);
  } catch {
    return "(cannot be read)";
  }
}

function truncate(text: string, maxLength: number): string {
  const clean = text.slice(0, 2 * maxLength).replace(SECRET_TEXT, "(secret)");
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean;
}

/** Escapes DEL and the C1 control characters, which JSON.stringify leaves and some terminals interpret. */
function escapeControls(text: string): string {
  return text.replace(/[\x7f-\x9f]/g, (unit) => `\\u00${unit.charCodeAt(0).toString(16)}`);
}
