import type { Core } from "../core.js";
import { ClientError } from "../errors.js";
import type { TopicInspection } from "../inspection.js";
import type { Reply } from "../protocol/envelope.js";
import {
  type AnyListener,
  type AnyRoute,
  type Gap,
  keyOf,
  LIVE,
  PENDING,
  type Position,
  SYNCING,
  type TopicStatus,
  type UpdateMeta,
} from "./listener.js";
import type { SavedTopic } from "./topic-storage.js";

/** One listener's place in a subscription. */
interface Seat {
  readonly listener: AnyListener;
  settle(error?: ClientError): void;
}

/** An update as a late listener gets it. */
type Known = readonly [update: unknown, offset: number | undefined];

/** One topic of one client: who listens, what is known of it, and what the wire has been told. */
export class Subscription {
  readonly topic: string;
  readonly route: AnyRoute;
  /** The parameters as JSON, written once: what the caller does to the object later changes nothing. */
  readonly payload: string;
  /** Where it stands in its source's run; undefined before the first reply, and with a server that numbers nothing. */
  position: Position | undefined;
  status: TopicStatus = PENDING;
  /** Whether a subscribe has gone out on this connection and was not refused. */
  asked = false;
  /** How many: an origin server counts them and wants as many unsubscribes. */
  subscribes = 0;
  /** Whether the server closed a connection on it. It then stays as it failed until its last listener has left. */
  condemned = false;
  /** Between two attempts at what the server refuses for now. */
  cancelRetry = () => {};
  /** How often it has been refused for now. */
  failures = 0;

  readonly #core: Core;
  readonly #seats = new Set<Seat>();
  readonly #known = new Map<unknown, Known>();
  /** What the updates that arrive are: news, or a state or a loss that is being made good. */
  #phase: "news" | "snapshot" | "recovery" = "news";
  /** Whether updates can have been missed since: it was confirmed before, by this client or by one it resumes. */
  #wasLive = false;
  #updates = 0;

  constructor(route: AnyRoute, topic: string, params: object, core: Core) {
    this.route = route;
    this.topic = topic;
    const names = Object.keys(route.fields);
    this.payload = JSON.stringify(
      Object.fromEntries(names.map((name) => [name, (params as Record<string, unknown>)[name]])),
    );
    this.#core = core;
  }

  get wanted(): boolean {
    return this.#seats.size > 0;
  }

  /** Whether the server has confirmed it, so that its updates are this subscription's. */
  get isConfirmed(): boolean {
    return this.status === LIVE || this.status === SYNCING;
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
    if (this.status !== PENDING) seat.settle(this.status.error);
    this.#tell("onStatus", [seat], this.status);
    for (const [update, offset] of [...this.#known.values()]) {
      this.#tell("onUpdate", [seat], update, this.#meta(offset, "snapshot"));
    }
    const stop = () => {
      if (!this.#seats.delete(seat)) return;
      const message = `The listener of ${this.topic} was stopped before the server replied`;
      seat.settle(new ClientError("stopped", message, this));
    };
    return { ready, stop };
  }

  /** The server has confirmed the topic. What it says of positions decides whether anything was missed. */
  accepted({ epoch, offset, snapshot, recovered }: Reply, isSession: boolean): void {
    const before = this.position;
    this.position = epoch === undefined || offset === undefined ? undefined : { epoch, offset };
    const isGap = this.#wasLive && (before?.epoch !== epoch || epoch === undefined || recovered === false);
    if (recovered !== undefined) this.#core.tell({ kind: "resume", resume: { topic: this.topic, recovered } });
    // The reply to a repeated subscribe on the same connection: nothing has changed.
    if (this.isConfirmed && recovered === undefined && !snapshot) return;
    if (isGap) this.#gap(snapshot, before);
    this.#wasLive = true;
    this.#phase = snapshot ? "snapshot" : recovered ? "recovery" : "news";
    // Only a session is told when the state is complete.
    this.setStatus(this.#phase !== "news" && isSession ? SYNCING : LIVE);
  }

  /** A snapshot or a recovery is complete, up to this position. */
  completed(position: Position): void {
    if (!this.isConfirmed || position.epoch !== this.position?.epoch) return;
    this.position = position;
    this.#phase = "news";
    this.setStatus(LIVE);
  }

  /**
   * Whether an update is the next one: `old` was seen before, `jump` means that a log has lost some on the way.
   * Without positions every update is the next one.
   */
  order(offset: number | undefined): "next" | "old" | "jump" {
    if (this.position === undefined || offset === undefined) return "next";
    const distance = offset - this.position.offset;
    if (distance <= 0) return "old";
    return distance > 1 && this.route.key === undefined ? "jump" : "next";
  }

  /** Its position, once an update is dealt with. */
  passed(offset: number | undefined): void {
    if (this.position && offset !== undefined) this.position = { epoch: this.position.epoch, offset };
  }

  /** Until the next reply, nothing that arrives is this subscription's. */
  interrupt(): void {
    this.setStatus(PENDING);
  }

  /** Hands an update to every listener, and keeps it for those that come later. */
  deliver(update: unknown, offset: number | undefined): void {
    this.#updates += 1;
    this.#keep([update, offset]);
    this.#tell("onUpdate", this.#seats, update, this.#meta(offset, this.#phase));
  }

  setStatus(status: TopicStatus): void {
    if (status.state === this.status.state && status.error === this.status.error) return;
    this.status = status;
    if (status !== PENDING) for (const { settle } of this.#seats) settle(status.error);
    this.#tell("onStatus", this.#seats, status);
  }

  /** The connection is gone: the server holds nothing of this any more. */
  disconnected(): void {
    this.asked = false;
    this.subscribes = 0;
    this.cancelRetry();
    if (!this.condemned) this.setStatus(PENDING);
  }

  /** The client is closed: every listener is told, and let go. */
  end(error: ClientError): void {
    this.cancelRetry();
    this.setStatus({ state: "error", error });
    this.#seats.clear();
    this.#known.clear();
  }

  /** Takes up where an earlier client stood. */
  restore({ epoch, offset, known }: SavedTopic): void {
    this.position = { epoch, offset };
    this.#wasLive = true;
    for (const update of known) this.#keep([update, undefined]);
  }

  /** What a later client can take up; undefined where there is no position to take up from. */
  save(): SavedTopic | undefined {
    return this.position && { ...this.position, known: Array.from(this.#known.values(), ([update]) => update) };
  }

  inspect(): TopicInspection {
    const { topic, status, position } = this;
    return {
      topic,
      route: this.route.name,
      status: status.state,
      error: status.error?.message,
      listeners: this.#seats.size,
      known: this.#known.size,
      updates: this.#updates,
      position,
    };
  }

  #gap(snapshot: boolean, before: Position | undefined): void {
    if (snapshot) this.#known.clear();
    const { topic, position: after, route } = this;
    const reason = after ? "not_recovered" : "no_positions";
    const gap: Gap = { topic, reason, snapshot, before, after };
    this.#core.tell({ kind: "gap", gap });
    const isHeard = [...this.#seats].some(({ listener }) => listener.onGap);
    // A state that follows whole replaces what is known. Of a log, and of bars, something may be missing for good.
    if (!isHeard && route.snapshot !== "all") {
      const message = `Updates of ${topic} may have been missed (${reason}): load them anew, and listen with onGap to be told`;
      this.#core.report(new ClientError("gap", message, this));
    }
    this.#tell("onGap", this.#seats, gap);
  }

  #meta(offset: number | undefined, phase: "news" | "snapshot" | "recovery"): UpdateMeta {
    return { topic: this.topic, offset, snapshot: phase === "snapshot", recovered: phase === "recovery" };
  }

  /** A late listener gets what the server gives a newcomer: the latest of every key, the current one, or nothing. */
  #keep(known: Known): void {
    const { key, snapshot } = this.route;
    if (snapshot === "none") return;
    const [held] = this.#known.keys();
    const at = keyOf(key, known[0]);
    if (snapshot === "current" && held !== at) {
      // A correction of an older bar is not the current one.
      if (held !== undefined && (at as number) < (held as number)) return;
      this.#known.clear();
    }
    // In the order of their last updates, as the server's snapshots are.
    this.#known.delete(at);
    this.#known.set(at, known);
  }

  /** Tells listeners: of a copy, since one that any of them adds has been told already. What throws stops nobody. */
  #tell<Event extends keyof AnyListener>(
    event: Event,
    seats: Iterable<Seat>,
    ...values: Parameters<NonNullable<AnyListener[Event]>>
  ): void {
    for (const seat of [...seats]) {
      if (!this.#seats.has(seat)) continue;
      const call = () => (seat.listener[event] as ((...values: unknown[]) => void) | undefined)?.(...values);
      this.#core.guard("listener_failed", `${event} of a listener of ${this.topic}`, call, this.topic);
    }
  }
}
