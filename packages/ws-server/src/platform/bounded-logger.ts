import type { Clock } from "./clock.js";
import type { LogFields, Logger } from "./logger.js";

/** The lines of one kind that are written without a limit. */
const BURST = 10;
/** Minimum interval between the further lines of one kind. */
const INTERVAL_MS = 1_000;
/** Maximum number of kinds that are limited separately. Kinds are constant texts, so there are few. */
const MAX_KINDS = 1_000;

/**
 * Limits warnings and errors that clients can cause: of lines with the same message, one a second after the first ten. The
 * next line has the number of the others as `othersSince`.
 */
export function boundedLogger(logger: Logger, clock: Clock): Logger {
  const kinds = new Map<string, { left: number; at: number; others: number }>();
  const at = (level: "warn" | "error") => (message: string, fields?: LogFields) => {
    const now = clock.monotonic();
    const key = kinds.size < MAX_KINDS || kinds.has(message) ? message : "";
    const kind = kinds.get(key) ?? { left: BURST, at: now, others: 0 };
    kinds.set(key, kind);
    const passed = Math.floor((now - kind.at) / INTERVAL_MS);
    kind.left = Math.min(BURST, kind.left + passed);
    kind.at += passed * INTERVAL_MS;
    if (kind.left === 0) {
      kind.others++;
      return;
    }
    kind.left--;
    logger[level](message, kind.others === 0 ? fields : { ...fields, othersSince: kind.others });
    kind.others = 0;
  };
  return {
    debug: (message, fields) => logger.debug(message, fields),
    info: (message, fields) => logger.info(message, fields),
    warn: at("warn"),
    error: at("error"),
  };
}
