import type { RouteShape } from "@trading/topic/shapes";
import { ClientError } from "./errors.js";

/** How a topic stands: asked for, confirmed by the server, or failed with an error. */
export type TopicStatus =
  | { readonly state: "pending"; readonly error?: undefined }
  | { readonly state: "live"; readonly error?: undefined }
  | { readonly state: "error"; readonly error: ClientError };

/** What wants a topic's updates. A plain function is one with `onUpdate` alone. */
export interface TopicListener<Update> {
  /** Gets each update, in the order of the wire; on subscribing, at once what is already known. */
  readonly onUpdate?: (update: Update) => void;
  /** Gets the topic's status on subscribing, and whenever it changes. */
  readonly onStatus?: (status: TopicStatus) => void;
}

/** A route as the client takes it: a shape without zod, or a whole route, which then checks the parameters and each update. */
export interface ClientRoute<Params, Update> extends RouteShape<Params, Update> {
  parseParams?(input: unknown): Params;
  parseUpdate?(input: unknown): Update;
}

/** Inside the client, where topics of every route stand side by side. */
export type AnyRoute = ClientRoute<unknown, unknown>;
export type AnyListener = TopicListener<unknown>;

/** One listener's place in a subscription. */
interface Seat {
  readonly listener: AnyListener;
  settle(error?: ClientError): void;
}

/** One topic of one client: who listens, what is known of it, and what the wire has been told. */
export class Subscription {
  readonly topic: string;
  readonly route: AnyRoute;
  /** The parameters as JSON, written once: what the caller does to the object later changes nothing. */
  readonly payload: string;
  status: TopicStatus = PENDING;
  /** Whether a subscribe has gone out on this connection and was not refused. */
  asked = false;
  /** How many: an origin server counts them and wants as many unsubscribes. */
  subscribes = 0;
  /** Whether the server closed a connection on it. It then stays as it failed until its last listener has left. */
  condemned = false;

  readonly #seats = new Set<Seat>();
  readonly #known = new Map<unknown, unknown>();
  readonly #report: (error: ClientError) => void;

  constructor(route: AnyRoute, topic: string, params: object, report: (error: ClientError) => void) {
    this.route = route;
    this.topic = topic;
    const names = Object.keys(route.fields);
    this.payload = JSON.stringify(
      Object.fromEntries(names.map((name) => [name, (params as Record<string, unknown>)[name]])),
    );
    this.#report = report;
  }

  get wanted(): boolean {
    return this.#seats.size > 0;
  }

  /** Seats a listener and tells it at once what is known. Returns what ends it, once or often. */
  add(listener: AnyListener): { ready: Promise<void>; stop: () => void } {
    let seat!: Seat;
    const ready = new Promise<void>((resolve, reject) => {
      seat = { listener, settle: (error) => (error ? reject(error) : resolve()) };
    });
    // Looking at `ready` is a choice: a rejection nobody looks at must not end the process.
    ready.catch(() => {});
    this.#seats.add(seat);
    if (this.status.state !== "pending") seat.settle(this.status.error);
    this.#tellStatus(seat);
    for (const update of [...this.#known.values()]) this.#tellUpdate(seat, update);
    const stop = () => {
      if (!this.#seats.delete(seat)) return;
      seat.settle(
        new ClientError("stopped", `The listener of ${this.topic} was stopped before the server replied`, this),
      );
    };
    return { ready, stop };
  }

  /** Hands an update to every listener, and keeps it for those that come later. */
  deliver(update: unknown): void {
    this.#keep(update);
    // A copy: a listener that one of these adds has been told already.
    for (const seat of [...this.#seats]) this.#tellUpdate(seat, update);
  }

  setStatus(status: TopicStatus): void {
    if (status.state === this.status.state && status.error === this.status.error) return;
    this.status = status;
    for (const seat of [...this.#seats]) {
      if (status.state !== "pending") seat.settle(status.error);
      this.#tellStatus(seat);
    }
  }

  /** The connection is gone: the server holds nothing of this any more. */
  disconnected(): void {
    this.asked = false;
    this.subscribes = 0;
    if (!this.condemned) this.setStatus(PENDING);
  }

  /** The client is closed: every listener is told, and let go. */
  end(error: ClientError): void {
    this.setStatus({ state: "error", error });
    this.#seats.clear();
    this.#known.clear();
  }

  /** A late listener gets what the server gives a newcomer: the latest of every key, the current one, or nothing. */
  #keep(update: unknown): void {
    const { key, snapshot } = this.route;
    if (snapshot === "none") return;
    const [[held] = []] = this.#known;
    const at = keyOf(key, update);
    if (snapshot === "current" && held !== at) {
      // A correction of an older bar is not the current one.
      if (held !== undefined && (at as number) < (held as number)) return;
      this.#known.clear();
    }
    this.#known.set(at, update);
  }

  #tellUpdate(seat: Seat, update: unknown): void {
    this.#isolate(seat, "an update", () => seat.listener.onUpdate?.(update));
  }

  #tellStatus(seat: Seat): void {
    this.#isolate(seat, "a status", () => seat.listener.onStatus?.(this.status));
  }

  #isolate(seat: Seat, what: string, call: () => void): void {
    if (!this.#seats.has(seat)) return;
    try {
      call();
    } catch (cause) {
      const message = `A listener of ${this.topic} threw on ${what}: ${cause}`;
      this.#report(new ClientError("listener_failed", message, { topic: this.topic, cause }));
    }
  }
}

export const PENDING: TopicStatus = { state: "pending" };
export const LIVE: TopicStatus = { state: "live" };

/** What an update supersedes its predecessors by. A topic that is one state has a key no update has: one for all. */
function keyOf(key: string | undefined, update: unknown): unknown {
  return key === undefined ? undefined : (update as Record<string, unknown> | null)?.[key];
}
