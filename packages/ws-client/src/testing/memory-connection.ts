import type { Position } from "../subscriptions/listener.js";
import type { MemoryRun } from "./memory-run.js";
import type { Peer } from "./memory-socket.js";

/** A frame of a client. */
export interface ClientFrame {
  readonly type: string;
  readonly payload?: unknown;
  readonly id?: string | number;
  readonly resume?: Position;
}

/** A refusal, as its reply says it. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly retryable?: boolean;
}

/** One client of a server in memory: what it holds, and how it is told of things, which the two protocols do in their own ways. */
export class MemoryConnection {
  readonly id: string;
  readonly isSession: boolean;
  /** Whom it has logged in as. */
  subject: string | undefined;
  readonly #peer: Peer;
  readonly #held = new Map<string, { readonly run: MemoryRun; cursor: number }>();
  /** The last reply of each type without an id: such replies are told apart by their order. */
  readonly #lastOf = new Map<string, Promise<unknown>>();
  #lastLogin: Promise<unknown> = Promise.resolve();
  #isOpen = true;

  constructor(id: string, isSession: boolean, peer: Peer) {
    this.id = id;
    this.isSession = isSession;
    this.#peer = peer;
  }

  get topics(): string[] {
    return [...this.#held.keys()];
  }

  send(type: string, payload?: object, id?: ClientFrame["id"]): void {
    if (this.#isOpen) this.#peer.say(JSON.stringify({ type, payload, id }));
  }

  /** A server of the origin does not know `id`. */
  reply({ type, id }: ClientFrame, payload: object): void {
    this.send(`${type}.response`, payload, this.isSession ? id : undefined);
  }

  /** Replies once there is an answer; in order, where the client can tell replies apart by nothing else. */
  replyLater(request: ClientFrame, answer: Promise<object>): void {
    const isUnnamed = !this.isSession || request.id === undefined;
    const before = isUnnamed ? this.#lastOf.get(request.type) : undefined;
    const sent = Promise.all([answer, before]).then(([payload]) => this.reply(request, payload));
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

  /** A frame could not be taken: a session is told so, a client of the origin is closed. */
  reject(code: "invalid_message" | "unknown_type", message: string, id?: ClientFrame["id"]): void {
    if (this.isSession) this.send("error", { code, message, retryable: false, id });
    else this.end(1003, code === "unknown_type" ? "No matching type" : "Could not validate payload");
  }

  subscribe(request: ClientFrame, run: MemoryRun): void {
    const { topic } = run;
    const ok = { status: "ok", message: "Subscribed", topic };
    if (!this.isSession) {
      this.#held.set(topic, { run, cursor: run.offset });
      this.reply(request, ok);
      return;
    }
    const { resume } = request;
    const accepted = run.accept(this.#held.get(topic)?.cursor, resume);
    const held = { run, cursor: accepted.offset };
    this.#held.set(topic, held);
    this.reply(request, { ...ok, ...accepted });
    for (const { offset, update } of run.unread(held.cursor)) this.#update(held, offset, update);
    if (accepted.snapshot || accepted.recovered) {
      held.cursor = run.offset;
      this.send("subscription.current", { topic, epoch: run.epoch, offset: run.offset });
    }
  }

  unsubscribe(request: ClientFrame, topic: string): void {
    this.release(topic);
    this.reply(request, { status: "ok", message: "Unsubscribed", topic });
  }

  release(topic: string): void {
    this.#held.delete(topic);
  }

  published(run: MemoryRun, offset: number, update: unknown): void {
    const held = this.#held.get(run.topic);
    if (held) this.#update(held, offset, update);
  }

  /** The topic's source gave it up. Who cannot be told is closed, so that nothing falls silent. */
  ended(topic: string, { code, retryable = false }: Omit<Refusal, "message">): void {
    if (!this.#held.delete(topic)) return;
    if (this.isSession) this.send("subscription.ended", { topic, code, retryable });
    else this.end(1013, "Try again later");
  }

  /** One login after the other, so that the last one sent is the one that holds. */
  login(request: ClientFrame, authenticate: () => Promise<string | null>): void {
    const answer = this.#lastLogin.then(authenticate).then((subject) => this.#login(subject));
    this.#lastLogin = answer;
    this.replyLater(request, answer);
  }

  end(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.left();
    this.#peer.end(code, reason);
  }

  left(): void {
    this.#isOpen = false;
  }

  #login(subject: string | null): object {
    if (subject === null) return { status: "error", message: "The token is not valid", code: "unauthorized" };
    if (this.subject !== undefined && this.subject !== subject) {
      const message = "The token is another subject's: open a connection of its own for it";
      return { status: "error", message, code: "subject_changed" };
    }
    this.subject = subject;
    return { status: "ok", message: "Logged in" };
  }

  #update(held: { readonly run: MemoryRun; cursor: number }, offset: number, update: unknown): void {
    const { topic, route } = held.run;
    held.cursor = offset;
    this.send(`${route.name}.update`, { topic, ...(this.isSession && { offset }), payload: update });
  }
}
