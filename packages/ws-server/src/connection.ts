import { type CloseCode, closeCodes, type Message, type Position, TopicError } from "@trading/topic";
import type { Principal } from "./auth.js";
import { Outbox } from "./delivery.js";
import type { WsServerError } from "./errors.js";
import type { Frame } from "./frame.js";
import { Heartbeat } from "./heartbeat.js";
import { TokenBucket } from "./limits.js";
import { Login } from "./login.js";
import type { Operations } from "./operations.js";
import type { Protocol } from "./protocols.js";
import { Replies } from "./replies.js";
import type { ConnectionServices } from "./services.js";
import type { Socket, SocketHandlers } from "./socket.js";
import type { Subscriber, Subscription } from "./subscription.js";

/** Peers have this long to answer the closing handshake before they are cut. */
const CLOSE_GRACE_MS = 1_000;
/** Requests that may wait for their answers before no more are read. */
const MAX_UNANSWERED = 1_000;

/** What an operation answers. */
export interface Answer {
  /** "ok", or the refusal's code. */
  readonly outcome: string;
  /** The reply's payload, made when its turn has come. */
  payload(): unknown;
  /** Called once the reply is queued. */
  sent?(): void;
}

/** Who connects, and with what right. */
export interface Peer {
  readonly protocol: Protocol;
  /** What it may send. */
  readonly operations: Operations;
  /** The client's address. */
  readonly address: string;
  readonly principal: Principal | undefined;
}

/** What a connection tells its server. Each is called once. */
export interface ConnectionListener {
  /** Nothing may be delivered any more: the socket closes or has closed. */
  onLeave(): void;
  /** The socket has closed. */
  onClosed(code: number): void;
}

type PauseReason = "rate" | "buffer" | "answers";

/** One client's connection: reads requests, hands them to their operations, writes replies and updates. */
export class Connection implements Subscriber, SocketHandlers {
  readonly id: string;
  readonly peer: Peer;
  /** Resolves when the socket has closed. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #services: ConnectionServices;
  readonly #listener: ConnectionListener;
  readonly #outbox: Outbox;
  readonly #heartbeat: Heartbeat;
  readonly #replies = new Replies();
  readonly #requests: TokenBucket;
  readonly #errors: TokenBucket;
  readonly #openedAt: number;
  readonly #pausedFor = new Set<PauseReason>();
  #login: Login | undefined;
  #abort: AbortController | undefined;
  #resolveClosed!: () => void;
  #isOpen = true;
  #cancelCut = () => {};
  #cancelWait = () => {};

  constructor(socket: Socket, peer: Peer, services: ConnectionServices, listener: ConnectionListener) {
    const { clock, random, options } = services;
    const { heartbeatIntervalMs: idleMs, maxConnectionLifespanMs } = options;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.id = random.id();
    this.peer = peer;
    this.#errors = new TokenBucket(services.errorRate, clock);
    this.#socket = socket;
    this.#services = services;
    this.#listener = listener;
    this.#requests = new TokenBucket(services.requestRate, clock);
    this.#openedAt = clock.monotonic();
    this.#outbox = new Outbox(socket, services, {
      onFull: (isFull) => (isFull ? this.#pause("buffer") : this.#resume("buffer")),
      onSlow: () => services.counts.slowConsumers++,
      // While we do not read it, what it reads is all that can be heard of it.
      onProgress: () => this.#pausedFor.size > 0 && this.#heartbeat.beat(),
    });
    // Clients that connected together must not all leave together.
    const share = peer.protocol.name === "session" ? 0.8 + 0.2 * random.fraction() : 1;
    const lifespanMs = maxConnectionLifespanMs * share;
    const { closes, countsPongs } = peer.protocol;
    this.#heartbeat = new Heartbeat(
      clock,
      { idleMs, lifespanMs, pings: countsPongs },
      {
        onPing: () => socket.ping(),
        onIdle: () => this.close(closes.idle(idleMs, maxConnectionLifespanMs)),
        onLifespan: () => this.close(closes.lifespan(idleMs, maxConnectionLifespanMs)),
      },
    );
    if (peer.principal !== undefined) this.login(peer.principal);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get principal(): Principal | undefined {
    return this.#login?.principal;
  }

  /** Milliseconds since it was opened. */
  get livedMs(): number {
    return this.#services.clock.monotonic() - this.#openedAt;
  }

  /** Bytes that wait to be sent. */
  get waitingBytes(): number {
    return this.#outbox.waitingBytes;
  }

  /** How many of its subscriptions have something unread. */
  get behind(): number {
    return this.#outbox.behind;
  }

  /** Aborted once it is closed. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (!this.#isOpen) this.#abort.abort();
    return this.#abort.signal;
  }

  onText(text: string): void {
    if (!this.#isOpen) return;
    this.#heartbeat.beat();
    this.#limitRate();
    let request: Message | undefined;
    try {
      request = this.#services.codec.decode(text);
      const operation = this.peer.operations.get(request.type);
      if (operation !== undefined) operation(this, request);
      else this.#refuse("unknown_type", "There is no operation of this type here", request);
    } catch (error) {
      if (error instanceof TopicError) this.#refuse("invalid_message", error.message, request);
      else {
        // A fault of ours ends this connection, not the process.
        this.#services.logger.error("A request could not be handled", { error });
        this.close(closeCodes.internal);
      }
    }
  }

  onBinary(): void {
    if (!this.#isOpen) return;
    this.#heartbeat.beat();
    this.#limitRate();
    this.#refuse("invalid_message", "A frame is text, and this one was binary");
  }

  onPong(): void {
    if (this.peer.protocol.countsPongs) this.#heartbeat.beat();
  }

  onBroken(): void {
    this.#leave();
  }

  onClose(code: number): void {
    this.#leave();
    this.#cancelCut();
    this.#outbox.clear();
    this.#listener.onClosed(code);
    this.#resolveClosed();
  }

  take(subscription: Subscription, frame: Frame): boolean {
    return this.#outbox.take(subscription, frame);
  }

  wake(subscription: Subscription): void {
    if (this.#isOpen) this.#outbox.wake(subscription);
  }

  discard(subscription: Subscription): void {
    this.#outbox.discard(subscription);
  }

  current({ topic }: Subscription, position: Position): void {
    this.peer.protocol.current(this, topic, position);
  }

  lost(): void {
    this.close(this.peer.protocol.closes.slow);
  }

  ended(topic: string, reason: WsServerError): void {
    if (this.#isOpen) this.peer.protocol.ended(this, topic, reason);
  }

  /** Sends a message of the engine's own, in order with replies and updates. */
  send(message: Message): void {
    if (this.#isOpen) this.#outbox.append(this.#services.codec.encode(message));
  }

  /**
   * Answers a request, in its turn among the replies of its topic and, without an id, of its type.
   *
   * @param answer never rejects
   */
  reply({ type, id }: Message, topic: string | undefined, answer: Promise<Answer>): void {
    const start = this.#services.clock.monotonic();
    const lanes = [...(topic === undefined ? [] : [topic]), ...(id === undefined ? [type] : [])];
    this.#replies.enqueue(lanes, answer, (ready) => {
      if (!this.#isOpen) return;
      this.send({ type: `${type}.response`, payload: ready.payload(), ...(id !== undefined && { id }) });
      ready.sent?.();
      const durationMs = this.#services.clock.monotonic() - start;
      this.#services.observers.operation({ type, outcome: ready.outcome, durationMs });
      if (this.#replies.size < MAX_UNANSWERED / 2) this.#resume("answers");
    });
    if (this.#replies.size >= MAX_UNANSWERED) this.#pause("answers");
  }

  /** Acts for a principal from now on, until its token runs out. */
  login(principal: Principal): void {
    this.#login?.end();
    const { clock, options } = this.#services;
    const { protocol } = this.peer;
    this.#login = new Login(principal, clock, options.authExpiringMs, {
      onExpiring: (leftMs) => protocol.expiring(this, leftMs),
      onExpired: () => this.close(protocol.closes.tokenExpired),
    });
  }

  /**
   * Writes what is gathered, then closes. Everything held is released at once. A peer that does not answer in time is
   * cut, and what waits for it with it.
   */
  close({ code, reason }: Pick<CloseCode, "code" | "reason">): void {
    if (!this.#isOpen) return;
    this.#outbox.flush();
    this.#socket.close(code, reason);
    this.#leave();
  }

  /** The client did something it should not have. @returns whether it may go on */
  countError(): boolean {
    const isTolerable = this.#errors.take() === 0;
    if (!isTolerable) this.close(closeCodes.tooManyErrors);
    return isTolerable;
  }

  #refuse(code: "invalid_message" | "unknown_type", message: string, request?: Message): void {
    this.peer.protocol.refuse(this, { code, message, id: request?.id });
  }

  #limitRate(): void {
    const waitMs = this.#requests.take();
    if (waitMs === 0 || this.#pausedFor.has("rate")) return;
    this.#pause("rate");
    this.#cancelWait = this.#services.clock.after(waitMs, () => this.#resume("rate"));
  }

  #pause(reason: PauseReason): void {
    if (!this.#isOpen) return;
    if (this.#pausedFor.size === 0) this.#socket.pause();
    this.#pausedFor.add(reason);
  }

  #resume(reason: PauseReason): void {
    if (this.#pausedFor.delete(reason) && this.#pausedFor.size === 0 && this.#isOpen) this.#socket.resume();
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#heartbeat.stop();
    this.#login?.end();
    this.#abort?.abort();
    this.#cancelWait();
    this.#cancelCut = this.#services.clock.after(CLOSE_GRACE_MS, () => this.#socket.terminate());
    this.#listener.onLeave();
  }
}
