import { backoffMs } from "../connection/backoff.js";
import { Pace } from "../connection/pace.js";
import { ClientError } from "../errors.js";
import type { TopicInspection } from "../inspection.js";
import type { Settings } from "../options.js";
import { readReply, refusalOf, type SubscribeReply, type UpdateMessage } from "../protocol/envelope.js";
import type { Reporter } from "../reporter.js";
import { text } from "../text.js";
import { type KnownContext, KnownUpdates } from "./known-updates.js";
import {
  type AnyListener,
  type AnyRoute,
  type Gap,
  LIVE,
  PENDING,
  type Position,
  SYNCING,
  type TopicStatus,
  type UpdateMeta,
} from "./listener.js";
import { IDLE, type Phase, type State, SUBSCRIBING, WAITING } from "./subscription-state.js";
import { TopicListeners } from "./topic-listeners.js";
import type { SavedTopic } from "./topic-storage.js";

export type Verb = "subscribe" | "unsubscribe";

/** The dependencies of a subscription. */
export interface SubscriptionContext extends KnownContext {
  readonly settings: Settings;
  readonly reporter: Reporter;
  /** The server's protocol on this connection. */
  readonly server: { readonly protocol: "session" | "base" | undefined; readonly echoesIds: boolean };
  /** Sends a request. The subscription's `replied` or `replyOverdue` follows, unless the connection is lost. */
  request(subscription: Subscription, verb: Verb, extra?: string): void;
  /** Checks soon whether the subscription has to be sent or removed. */
  changed(subscription: Subscription): void;
  /** Returns whether a subscribe can be sent now. */
  canSend(subscription: Subscription): boolean;
}

/** The codes with which a server ends a topic that another one runs from now on. */
const MOVES = ["moved", "owner_lost", "updates_lost"];

/** The first retry is within a quarter of the initial backoff. */
const FIRST_RETRY = -2;

/** Time for the next server to run the topic, in milliseconds; what it refuses afterwards is an error. */
const MOVE_MS = 10_000;

/** One topic of one client: its listeners, its known updates, and its state on the server. */
export class Subscription {
  readonly topic: string;
  readonly route: AnyRoute;
  /** The parameters as JSON. Written once, so that later changes of the caller's object have no effect. */
  readonly payload: string;

  readonly #context: SubscriptionContext;
  readonly #listeners: TopicListeners;
  readonly #known: KnownUpdates;
  #state = IDLE;
  /** The last position; undefined before the first reply, and with a server without positions. */
  #position: Position | undefined;
  /** The number of subscribes sent on this connection and not refused. A legacy server wants as many unsubscribes. */
  #subscribes = 0;
  /** Whether it was confirmed before, by this client or the one it resumes, so that updates may be missing since. */
  #wasConfirmed = false;
  #failures = 0;
  /** The status instead of `pending` while the topic moves to another server. */
  #moving: TopicStatus | undefined;
  /** Until when refusals are those of a move. */
  #movesUntil = 0;
  readonly #movePace: Pace;
  readonly #resumePace: Pace;
  #cancelRetry = () => {};
  #updates = 0;

  constructor(route: AnyRoute, topic: string, params: object, context: SubscriptionContext) {
    this.route = route;
    this.topic = topic;
    const names = Object.keys(route.fields);
    this.payload = JSON.stringify(
      Object.fromEntries(names.map((name) => [name, (params as Record<string, unknown>)[name]])),
    );
    this.#context = context;
    this.#movePace = new Pace(context.settings);
    this.#resumePace = new Pace(context.settings);
    this.#listeners = new TopicListeners(topic, context.reporter);
    this.#known = new KnownUpdates(route, context, (update) => this.#listeners.notify("onEvict", [update]));
  }

  get status(): TopicStatus {
    return this.#moving ?? this.#state.status;
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /** Whether a subscribe has to be sent. */
  get isIdle(): boolean {
    return this.#state === IDLE;
  }

  /** Whether it has no state yet: neither from the server nor from an earlier client. */
  get isNew(): boolean {
    return !this.#wasConfirmed;
  }

  /** Whether the server has confirmed the topic, so that its updates belong to this subscription. */
  get isConfirmed(): boolean {
    return this.#state.name === "confirmed";
  }

  /** Adds a listener, and calls it with the status and the known updates. */
  add(listener: AnyListener): { ready: Promise<void>; stop: () => void } {
    this.#known.evict();
    // A new listener retries a failed topic.
    const { name } = this.#state;
    if (name === "failed" || (name === "rejected" && !this.hasListeners)) this.#enter(IDLE);
    const entry = this.#listeners.addEntry(listener);
    const { status } = this;
    if (this.#state.status !== PENDING) entry.settle(status.error);
    this.#listeners.notify("onStatus", [status], [entry]);
    for (const [update, offset] of [...this.#known.values()]) {
      this.#listeners.notify("onUpdate", [update, this.#meta(offset, "snapshot")], [entry]);
    }
    this.#context.changed(this);
    const stop = () => {
      if (!this.#listeners.delete(entry)) return;
      entry.settle(new ClientError("stopped", text`Stopped ${this.topic} before the reply`, this));
      if (!this.hasListeners) this.#context.changed(this);
    };
    return { ready: entry.ready, stop };
  }

  /** Sends a subscribe. Repeating that of a confirmed topic makes the server reply, and changes nothing else. */
  subscribe(): void {
    const resume = /* mutant: is-unconfirmed */ !this.isConfirmed && this.#position;
    this.#subscribes += 1;
    if (!this.isConfirmed) this.#enter(SUBSCRIBING, this.#moving);
    this.#context.request(this, "subscribe", resume ? `,"resume":${JSON.stringify(resume)}` : "");
  }

  /** Ends the topic on the server, after its last listener was removed. */
  release(): void {
    this.#cancelRetry();
    // mutant: clear-released
    this.#known.clear();
    while (this.#subscribes > 0) {
      this.#subscribes = this.#context.server.echoesIds ? 0 : this.#subscribes - 1;
      this.#context.request(this, "unsubscribe");
    }
  }

  /** The server has replied to a subscribe. */
  replied(payload: Readonly<Record<string, unknown>>): void {
    const { topic } = this;
    const reply = readReply(payload);
    if (!reply.ok) this.#subscribes -= 1;
    if (!this.hasListeners) return;
    // Sent before the login, and refused for that reason.
    if (payload.code === "unauthorized" && !this.#context.canSend(this)) this.#enter(IDLE);
    else if (!reply.ok) this.fail(refusalOf(payload, topic, topic));
    else if (/* mutant: is-same-topic */ reply.topic === topic) this.#confirm(reply);
    else {
      const message = text`The client built the topic ${topic}, the server ${reply.topic}: no update would arrive`;
      this.fail(new ClientError("topic_mismatch", message, this));
    }
  }

  /** The server has not replied to a subscribe in time. Missing replies to heartbeats are the heartbeat's concern. */
  replyOverdue(): void {
    if (!this.hasListeners || this.#state.status !== PENDING) return;
    const message = text`No reply to the subscribe to ${this.topic} within ${this.#context.settings.replyTimeoutMs} ms`;
    this.fail(new ClientError("no_reply", message, this));
  }

  /** The server closed the connection on the subscribe, which is not sent again while there are listeners. */
  reject(reason: string): void {
    const message = text`The server closed the connection on the subscribe to ${this.topic} with the reason "${reason}": check route and parameters`;
    this.fail(new ClientError("rejected", message, this), "rejected");
  }

  /** Fails the subscription, and reports it. Retries after a backoff if that may help. */
  fail(error: ClientError, name: "failed" | "rejected" = "failed"): void {
    const { settings, reporter } = this.#context;
    if (error.retryable && /* mutant: is-move */ this.#isMove(error)) {
      this.#enter(WAITING, this.#moving ?? { state: "syncing", reason: error.code });
      // Soon, but not all clients at the same moment: the source of the topic starts with the first one.
      const delayMs = this.#movePace.delayMs() + /* mutant: spread-moves */ backoffMs(settings, FIRST_RETRY);
      this.#retryAfter(delayMs);
      return;
    }
    this.#enter({ name, status: { state: "error", error } });
    reporter.report(error);
    // A listener may have retried already.
    if (!error.retryable || this.status.error !== error) return;
    this.#retryAfter(backoffMs(settings, this.#failures++));
  }

  /** Returns whether another server takes the topic over, so that there is nothing that the application could do. */
  #isMove({ code }: ClientError): boolean {
    const now = this.#context.settings.clock.monotonic();
    if (MOVES.includes(code)) this.#movesUntil = now + MOVE_MS;
    return now < this.#movesUntil;
  }

  /** The server has ended the topic. */
  topicEnded(error: ClientError): void {
    if (this.#state.name !== "subscribing" && !this.isConfirmed) return;
    this.#subscribes = 0;
    this.fail(error);
  }

  /** A snapshot or a recovery is complete, up to this position. */
  stateCompleted(position: Position): void {
    if (!this.isConfirmed || position.epoch !== this.#position?.epoch) return;
    // mutant: complete-position
    this.#position = position;
    this.#enter({ name: "confirmed", status: LIVE, phase: "news" });
  }

  /** Delivers an update to the listeners, and keeps it for later ones. Drops updates that were delivered before. */
  receive({ update: input, offset, length }: UpdateMessage): void {
    // An update that arrives before the reply belongs to an earlier subscription of the topic.
    // mutant: is-confirmed
    if (this.#state.name !== "confirmed") return;
    const position = this.#position;
    if (position && offset !== undefined) {
      const distance = offset - position.offset;
      // mutant: is-duplicate
      if (distance <= 0) return;
      // mutant: is-incomplete
      if (distance > 1 && /* mutant: is-log */ this.route.key === undefined) {
        // Updates of a log are missing. They are sent again from the last position; until the reply, others are dropped.
        const delayMs = /* mutant: pace-resumes */ this.#resumePace.delayMs();
        this.#enter(delayMs ? WAITING : IDLE);
        if (delayMs) this.#retryAfter(delayMs);
        else this.subscribe();
        return;
      }
      this.#position = { epoch: position.epoch, offset };
    }
    const { route, topic } = this;
    const { settings, reporter } = this.#context;
    let update = input;
    try {
      if (route.parseUpdate && settings.random() < settings.validationShare) update = route.parseUpdate(input);
    } catch (cause) {
      const message = text`Dropped an invalid update of ${topic}: ${cause}`;
      reporter.report(new ClientError("invalid_update", message, { topic, cause }));
      return;
    }
    this.#updates += 1;
    this.#known.keep(update, offset, length);
    this.#listeners.notify("onUpdate", [update, this.#meta(offset, this.#state.phase)]);
    this.#known.evict();
  }

  /** The user has logged in: the server may accept now what it has refused. */
  retry(): void {
    if (this.#state.name === "failed") this.#enter(IDLE);
  }

  /** Another user is logged in: nothing of the previous one remains. */
  reset(): void {
    // mutant: forget-updates
    this.#known.clear();
    // mutant: forget-position
    this.#position = undefined;
    this.#wasConfirmed = false;
    this.#listeners.notify("onReset", []);
  }

  /** The connection is lost, and with it the server's state. */
  lost(): void {
    this.#subscribes = 0;
    if (this.#state.name !== "rejected") this.#enter(IDLE);
  }

  /** The client is closed. */
  end(error: ClientError): void {
    this.#enter({ name: "failed", status: { state: "error", error } });
    this.#listeners.clear();
    this.#known.clear();
  }

  /** Continues from the state that an earlier client saved. */
  restoreSaved({ epoch, offset, known, evictInMs }: SavedTopic): void {
    this.#position = { epoch, offset };
    this.#wasConfirmed = true;
    for (const [index, update] of known.entries()) {
      this.#known.keep(update, undefined, undefined, evictInMs?.[index]);
      this.#listeners.notify("onUpdate", [update, this.#meta(undefined, "snapshot")]);
    }
    this.#known.evict();
  }

  /** Returns the state for a later client; undefined without a position to resume from. */
  save(): SavedTopic | undefined {
    return this.#position && { ...this.#position, ...this.#known.save() };
  }

  inspect(): TopicInspection {
    const { status } = this;
    return {
      topic: this.topic,
      route: this.route.name,
      status: status.state,
      error: status.error?.message,
      reason: status.reason,
      listeners: this.#listeners.size,
      known: this.#known.size,
      updates: this.#updates,
      position: this.#position,
    };
  }

  #retryAfter(delayMs: number): void {
    this.#cancelRetry = this.#context.settings.clock.after(delayMs, () => {
      this.#enter(IDLE, this.#moving);
      this.#context.changed(this);
    });
  }

  /** @param moving the status instead of `pending` */
  #enter(state: State, moving?: TopicStatus): void {
    const before = this.status;
    this.#cancelRetry();
    this.#state = state;
    this.#moving = moving;
    const { status } = this;
    if (status === before) return;
    if (state.status !== PENDING) for (const { settle } of this.#listeners) settle(status.error);
    this.#listeners.notify("onStatus", [status]);
  }

  /** The positions in the reply decide whether updates are missing. */
  #confirm({ epoch, offset, snapshot, recovered }: SubscribeReply): void {
    const { topic } = this;
    const { reporter, server } = this.#context;
    const before = this.#position;
    this.#position = epoch === undefined || offset === undefined ? undefined : { epoch, offset };
    const isGap = this.#wasConfirmed && (before?.epoch !== epoch || epoch === undefined || recovered === false);
    if (recovered !== undefined) reporter.emit({ kind: "resume", resume: { topic, recovered } });
    // The reply to a heartbeat.
    if (this.isConfirmed && recovered === undefined && !snapshot) return;
    // mutant: report-gap
    if (isGap) this.#reportGap(snapshot, before);
    this.#wasConfirmed = true;
    const phase = snapshot ? "snapshot" : recovered ? "recovery" : "news";
    // Only a session announces that a state is complete.
    const status = phase !== "news" && server.protocol === "session" ? SYNCING : LIVE;
    this.#enter({ name: "confirmed", status, phase });
  }

  #reportGap(snapshot: boolean, before: Position | undefined): void {
    // mutant: clear-known
    if (snapshot) this.#known.clear();
    const { reporter } = this.#context;
    const { topic } = this;
    const after = this.#position;
    const reason = after ? "not_recovered" : "no_positions";
    const gap: Gap = { topic, reason, snapshot, before, after };
    reporter.emit({ kind: "gap", gap });
    // A whole state that follows replaces the known updates. Updates of a log, and bars, may be lost.
    const isHandled = [...this.#listeners].some(({ listener }) => listener.onGap);
    if (!isHandled && this.route.snapshot !== "all") {
      const message = text`Updates of ${topic} may be missing (${reason}): handle onGap, and load them`;
      reporter.report(new ClientError("gap", message, this));
    }
    this.#listeners.notify("onGap", [gap]);
  }

  #meta(offset: number | undefined, phase: Phase): UpdateMeta {
    return { topic: this.topic, offset, snapshot: phase === "snapshot", recovered: phase === "recovery" };
  }
}
