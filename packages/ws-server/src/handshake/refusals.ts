import type { Duplex } from "node:stream";
import type { Observers } from "../observability/observers.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import { httpResponse, type Refusal, type RefusalCause } from "./refusal.js";

/** Minimum time between two log lines of one cause: refusals are cheap to provoke, and a log must not grow with them. */
const LOG_INTERVAL_MS = 60_000;
/** Time for the client to read the response before the socket is destroyed. */
const REFUSAL_GRACE_MS = 1_000;

/** The services that refusals use. */
export interface RefusalServices {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observers: Observers;
}

/** Refuses upgrades, counts them by cause, and logs the first one of each cause in a minute with the number of others. */
export class Refusals {
  readonly #services: RefusalServices;
  readonly #logged = new Map<RefusalCause, { readonly at: number; others: number }>();

  constructor(services: RefusalServices) {
    this.#services = services;
  }

  /** Sends a plain HTTP response, and closes the socket even if the client neither reads it nor closes its side. */
  refuse(stream: Duplex, refusal: Refusal, address: string | undefined): void {
    const { clock } = this.#services;
    this.#record(refusal, address);
    // Otherwise such a client would keep the socket, and count as a connection, forever.
    const cancel = clock.after(REFUSAL_GRACE_MS, () => stream.destroy());
    stream.once("finish", () => stream.destroy());
    stream.once("close", cancel);
    stream.end(httpResponse(refusal));
  }

  #record({ cause, status, reason }: Refusal, address: string | undefined): void {
    const { clock, logger, observers } = this.#services;
    observers.handshakeRefused({ cause, status });
    const now = clock.monotonic();
    const last = this.#logged.get(cause);
    if (last !== undefined && now - last.at < LOG_INTERVAL_MS) {
      last.others++;
      return;
    }
    this.#logged.set(cause, { at: now, others: 0 });
    const others = last?.others ?? 0;
    logger.warn("A handshake was refused", {
      cause,
      status,
      reason,
      address,
      ...(others > 0 && { othersSince: others }),
    });
  }
}
