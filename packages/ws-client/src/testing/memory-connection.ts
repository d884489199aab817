import type { Position } from "../subscriptions/listener.js";
import type { MemoryRun } from "./memory-run.js";
import type { Peer } from "./memory-socket.js";

/** A frame that a client sent. */
export interface ClientFrame {
  readonly type: string;
  readonly payload?: unknown;
  readonly id?: string | number;
  readonly resume?: Position;
}

/** The members of a reply that refuses a request. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly retryable?: boolean;
}

/** A client's connection to an in-memory server: its subscriptions, and the frames of its protocol. */
export class MemoryConnection {
  readonly id: string;
  readonly isSession: boolean;
  /** The authenticated user. */
  subject: string | undefined;
  readonly #peer: Peer;
  readonly #subscriptions = new Map<string, { readonly run: MemoryRun; cursor: number }>();
  /** The last reply of each type without an id: clients match such replies by their order. */
  readonly #lastOf = new Map<string, Promise<unknown>>();
  #lastLogin: Promise<unknown> = Promise.resolve();
  #isOpen = true;

  constructor(id: string, isSession: boolean, peer: Peer) {
    this.id = id;
    this.isSession = isSession;
    this.#peer = peer;
  }

  get topics(): string[] {
    return [...this.#subscriptions.keys()];
  }

  send(type: string, payload?: object, id?: ClientFrame["id"]): void {
    if (this.#isOpen) this.#peer.send(JSON.stringify({ type, payload, id }));
  }

  /** Replies. The legacy protocol has no `id`. */
  reply({ type, id }: ClientFrame, payload: object): void {
    this.send(`${type}.response`, payload, this.isSession ? id : undefined);
  }

  /** Replies once the result is there; in order if the client matches replies by their order. */
  replyLater(request: ClientFrame, result: Promise<object>): void {
    const isUnnamed = !this.isSession || request.id === undefined;
    const before = isUnnamed ? this.#lastOf.get(request.type) : undefined;
    const sent = Promise.all([result, before]).then(([payload]) => this.reply(request, payload));
    if (isUnnamed) this.#lastOf.set(request.type, sent);
  }

  refuse(request: ClientFrame, { code, message, retryable = false }: Refusal, topic?: string): void {
    this.reply(request, {
      status: "error",
      message,
      ...(this.isSession && { code }),
      ...(topic !== undefined && { topic }),
      ...(this.isSession && retryable && { retryable }),
    });
  }

  /** Rejects a frame: a session gets an error, a legacy connection is closed. */
  reject(code: "invalid_message" | "unknown_type", message: string, id?: ClientFrame["id"]): void {
    if (this.isSession) this.send("error", { code, message, retryable: false, id });
    else this.end(1003, code === "unknown_type" ? "No matching type" : "Could not validate payload");
  }

  subscribe(request: ClientFrame, run: MemoryRun): void {
    const { topic } = run;
    const ok = { status: "ok", message: "Subscribed", topic };
    if (!this.isSession) {
      this.#subscriptions.set(topic, { run, cursor: run.offset });
      this.reply(request, ok);
      return;
    }
    const { resume } = request;
    const accepted = run.accept(this.#subscriptions.get(topic)?.cursor, resume);
    const subscription = { run, cursor: accepted.offset };
    this.#subscriptions.set(topic, subscription);
    this.reply(request, { ...ok, ...accepted });
    for (const { offset, update } of run.unread(subscription.cursor)) this.#update(subscription, offset, update);
    if (accepted.snapshot || accepted.recovered) {
      subscription.cursor = run.offset;
      this.send("subscription.current", { topic, epoch: run.epoch, offset: run.offset });
    }
  }

  unsubscribe(request: ClientFrame, topic: string): void {
    this.release(topic);
    this.reply(request, { status: "ok", message: "Unsubscribed", topic });
  }

  release(topic: string): void {
    this.#subscriptions.delete(topic);
  }

  published(run: MemoryRun, offset: number, update: unknown): void {
    const subscription = this.#subscriptions.get(run.topic);
    if (subscription) this.#update(subscription, offset, update);
  }

  /** The topic was ended. The legacy protocol has no message for that: the connection is closed. */
  ended(topic: string, { code, retryable = false }: Omit<Refusal, "message">): void {
    if (!this.#subscriptions.delete(topic)) return;
    if (this.isSession) this.send("subscription.ended", { topic, code, retryable });
    else this.end(1013, "Try again later");
  }

  /** Handles logins one after the other, so that the last one sent is in effect. */
  login(request: ClientFrame, authenticate: () => Promise<string | null>): void {
    const reply = this.#lastLogin.then(authenticate).then((subject) => this.#login(subject));
    this.#lastLogin = reply;
    this.replyLater(request, reply);
  }

  end(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.closed();
    this.#peer.end(code, reason);
  }

  closed(): void {
    this.#isOpen = false;
  }

  #login(subject: string | null): object {
    if (subject === null) return { status: "error", message: "The token is not valid", code: "unauthorized" };
    if (this.subject !== undefined && this.subject !== subject) {
      const message = "The token belongs to another subject: open another connection for it";
      return { status: "error", message, code: "subject_changed" };
    }
    this.subject = subject;
    return { status: "ok", message: "Logged in", subject };
  }

  #update(subscription: { readonly run: MemoryRun; cursor: number }, offset: number, update: unknown): void {
    const { topic, route } = subscription.run;
    subscription.cursor = offset;
    this.send(`${route.name}.update`, { topic, ...(this.isSession && { offset }), payload: update });
  }
}
