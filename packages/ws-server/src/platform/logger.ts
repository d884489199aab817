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

/** Characters of one text, members of one object or list, and levels of nesting that a line has room for. */
const MOST = { text: 200, stack: 4_000, members: 50, depth: 5 };

/** Members whose values are nobody's to read. */
const SECRET_NAME = /token|authorization|cookie|password|secret/i;
/** What looks like a token wherever it stands: a bearer's, or the three parts of a JWT. */
const SECRET_TEXT = /\bbearer[ .]+[\w\-.~+/]+=*|\beyJ[\w-]+\.[\w-]+\.[\w-]*/gi;

/**
 * Writes one JSON object a line: time, level, message, fields. Text from outside is escaped by that, so it can neither
 * forge a line nor drive a terminal; it is cut, and what looks like a secret is left out.
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
    return (message: string, fields: LogFields = {}) =>
      write(
        `${encode({ time: new Date().toISOString(), level: name, message: legible(message), ...sanitizeFields(fields) })}\n`,
      );
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function encode(entry: object): string {
  return escapeControls(JSON.stringify(entry));
}

/** A copy that can be written by any logger: texts cut, depth bounded, errors as their stacks, and secrets left out. Never throws. */
export function sanitizeFields(fields: LogFields): Record<string, unknown> {
  return (legible(fields) ?? {}) as Record<string, unknown>;
}

/** A copy that can be written: no deeper, longer or larger than a line has room for, and never a reason to throw. */
function legible(value: unknown, depth = 0): unknown {
  try {
    if (typeof value === "string") return cut(value, MOST.text);
    if (typeof value === "bigint" || typeof value === "symbol") return String(value);
    if (value instanceof Error) return cut(value.stack ?? String(value), MOST.stack);
    if (typeof value === "function") return undefined;
    if (typeof value !== "object" || value === null) return value;
    if (depth === MOST.depth) return "…";
    if (Array.isArray(value)) return value.slice(0, MOST.members).map((item) => legible(item, depth + 1));
    const members = Object.keys(value).slice(0, MOST.members);
    return Object.fromEntries(members.map((name) => [cut(name, MOST.text), memberOf(value, name, depth)]));
  } catch {
    return "(cannot be written)";
  }
}

function memberOf(value: object, name: string, depth: number): unknown {
  if (SECRET_NAME.test(name)) return "(secret)";
  try {
    return legible((value as Record<string, unknown>)[name], depth + 1);
  } catch {
    return "(cannot be read)";
  }
}

function cut(text: string, most: number): string {
  const sound = text.slice(0, 2 * most).replace(SECRET_TEXT, "(secret)");
  return sound.length > most ? `${sound.slice(0, most)}…` : sound;
}

/** JSON.stringify leaves DEL and the C1 controls as they are; some terminals act on them. */
function escapeControls(text: string): string {
  return text.replace(/[\x7f-\x9f]/g, (unit) => `\\u00${unit.charCodeAt(0).toString(16)}`);
}
