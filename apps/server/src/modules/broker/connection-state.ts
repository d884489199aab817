import { type BrokerConnectionStatus, CONNECTION_STATUS } from "@trading/topic";
import type { Clock } from "@trading/ws-server";
import type { LeaseState } from "./broker-lease.js";

/** Whether the broker has its store and the prices it needs, for clients. */
export class ConnectionState {
  readonly #clock: Clock;
  readonly #listeners = new Set<(status: BrokerConnectionStatus) => void>();
  #status: BrokerConnectionStatus;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#status = { status: CONNECTION_STATUS.connecting, timestamp: clock.now() };
  }

  get status(): BrokerConnectionStatus {
    return this.#status;
  }

  /** Calls back when the status changes. @returns removes the listener */
  listen(listener: (status: BrokerConnectionStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @param problem message about missing prices; undefined if there are none missing */
  update(lease: LeaseState, problem: string | undefined): void {
    const { status, message } = statusOf(lease, problem);
    if (status === this.#status.status && message === this.#status.message) return;
    this.#status = { status, ...(message !== undefined && { message }), timestamp: this.#clock.now() };
    for (const listener of this.#listeners) listener(this.#status);
  }
}

function statusOf(
  { status }: LeaseState,
  problem: string | undefined,
): { readonly status: BrokerConnectionStatus["status"]; readonly message?: string } {
  switch (status) {
    case "starting":
      return { status: CONNECTION_STATUS.connecting };
    case "standby":
      return {
        status: CONNECTION_STATUS.disconnected,
        message: "Trading has moved to another server: connect again.",
      };
    case "unavailable":
      return { status: CONNECTION_STATUS.error, message: "The broker cannot store orders at the moment." };
  }
  if (problem !== undefined) return { status: CONNECTION_STATUS.disconnected, message: problem };
  return { status: CONNECTION_STATUS.connected };
}
