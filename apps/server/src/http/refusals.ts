import type { Clock, Logger } from "@trading/ws-server";

/** The reason for refusing a request or a connection before a handler ran. */
export type RefusalReason =
  | "admin_token"
  | "host"
  | "login"
  | "origin"
  | "rate_address"
  | "rate_user"
  | "rate_account"
  | "connections"
  | "connections_per_address"
  | "connection_rate"
  | "pipelined_requests"
  | "tls_handshake"
  | "request_timeout"
  | "reply_timeout";

/** Minimum time between two log lines of one reason: refusals are cheap to provoke, and a log must not grow with them. */
const LOG_INTERVAL_MS = 60_000;

/** Counts refused requests and connections by reason, and logs the first one of each reason in a minute. */
export class Refusals {
  readonly #clock: Clock;
  readonly #logger: Pick<Logger, "warn">;
  readonly #count: (reason: RefusalReason) => void;
  readonly #logged = new Map<RefusalReason, { at: number; unlogged: number }>();

  /** @param count adds a refusal to a metric. @default not counted */
  constructor(clock: Clock, logger: Pick<Logger, "warn">, count: (reason: RefusalReason) => void = () => {}) {
    this.#clock = clock;
    this.#logger = logger;
    this.#count = count;
  }

  /**
   * Records a refusal.
   *
   * @param fields for the log. Strings from clients are truncated and escaped by the logger
   */
  record(reason: RefusalReason, fields: Readonly<Record<string, unknown>>): void {
    this.#count(reason);
    const now = this.#clock.monotonic();
    const last = this.#logged.get(reason);
    if (last !== undefined && now - last.at < LOG_INTERVAL_MS) {
      last.unlogged++;
      return;
    }
    const others = last?.unlogged ?? 0;
    this.#logged.set(reason, { at: now, unlogged: 0 });
    this.#logger.warn("A request was refused", { reason, ...fields, ...(others > 0 && { othersSince: others }) });
  }
}
