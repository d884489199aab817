import { type CloseCode, closeCodes, type Message, type Position, TopicError } from "@trading/topic";
import type { Principal } from "../auth/auth.js";
import { TokenExpiry } from "../auth/token-expiry.js";
import type { WsServerError } from "../errors.js";
import type { Subscriber, Subscription } from "../topics/subscription.js";
import { Heartbeat, type HeartbeatListener } from "./heartbeat.js";
import type { Operations } from "./operations.js";
import { OutboundQueue, type OutboundQueueListener } from "./outbound-queue.js";
import type { Protocol } from "./protocols.js";
import { TokenBucket } from "./rate-limit.js";
import { ReplyQueue } from "./reply-queue.js";
import type { ConnectionServices } from "./services.js";
import type { Socket, SocketHandlers } from "./socket.js";

/** Peers have this long to answer the closing handshake before they are cut. */
const CLOSE_GRACE_MS = 1_000;
/** Requests that may wait for their answers before no more are read. */
const MAX_UNANSWERED = 1_000;

const nothing = (): void => {};

/** What an operation answers. */
export interface PendingReply {
  /** Made when its turn has come. */
  reply(): Reply;
  /** Called once the reply is queued. */
  sent?(): void;
}

/** What a reply says. */
export interface Reply {
  /** "ok", or the refusal's code. */
  readonly outcome: string;
  readonly payload: unknown;
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

/** Why a client is not read; a set of them is their sum. */
const RATE = 1;
const BUFFER = 2;
const ANSWERS = 4;

/**
 * One client's connection: reads requests, hands them to their operations, writes replies and updates.
 *
 * There may be very many that do nothing, so what a quiet one does not need is made when it is needed first, and it
 * listens to its parts itself.
 */
export class Connection implements Subscriber, SocketHandlers, OutboundQueueListener, HeartbeatListener {
  readonly id: string;
  readonly peer: Peer;
  readonly sink: OutboundQueue;
  readonly #socket: Socket;
  readonly #services: ConnectionServices;
  readonly #listener: ConnectionListener;
  readonly #heartbeat: Heartbeat;
  readonly #requests: TokenBucket;
  readonly #openedAt: number;
  #replies: ReplyQueue | undefined;
  #errors: TokenBucket | undefined;
  #pausedFor = 0;
  #tokenExpiry: TokenExpiry | undefined;
  #authorizationVersion = 0;
  #abort: AbortController | undefined;
  #onClosed: (() => void) | undefined;
  #isOpen = true;
  #hasClosed = false;
  #cancelCut = nothing;
  #cancelWait = nothing;

  constructor(socket: Socket, peer: Peer, services: ConnectionServices, listener: ConnectionListener) {
    const { clock, random, options } = services;
    const { heartbeatIntervalMs: idleMs, maxConnectionLifespanMs } = options;
    this.id = random.id();
    this.peer = peer;
    this.#socket = socket;
    this.#services = services;
    this.#listener = listener;
    this.#requests = new TokenBucket(services.requestRate, clock);
    this.#openedAt = clock.monotonic();
    this.sink = new OutboundQueue(socket, services, this);
    // Clients that connected together must not all leave together.
    const share = peer.protocol.name === "session" ? 0.8 + 0.2 * random.fraction() : 1;
    const lifespanMs = maxConnectionLifespanMs * share;
    this.#heartbeat = new Heartbeat(clock, { idleMs, lifespanMs, pings: peer.protocol.countsPongs }, this);
    if (peer.principal !== undefined) this.login(peer.principal);
  }

  /** Resolves when the socket has closed. */
  get closed(): Promise<void> {
    if (this.#hasClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const others = this.#onClosed;
      this.#onClosed = () => {
        others?.();
        resolve();
      };
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get principal(): Principal | undefined {
    return this.#tokenExpiry?.principal;
  }

  /** Changes whenever what it may do has to be asked anew. */
  get authorizationVersion(): number {
    return this.#authorizationVersion;
  }

  /** Milliseconds since it was opened. */
  get livedMs(): number {
    return this.#services.clock.monotonic() - this.#openedAt;
  }

  /** Bytes that wait to be sent. */
  get waitingBytes(): number {
    return this.sink.waitingBytes;
  }

  /** How many of its subscriptions have something unread. */
  get laggingTopics(): number {
    return this.sink.laggingCount;
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
    this.sink.clear();
    this.#listener.onClosed(code);
    this.#hasClosed = true;
    this.#onClosed?.();
  }

  markLagging(subscription: Subscription): void {
    if (this.#isOpen) this.sink.markLagging(subscription);
  }

  discard(subscription: Subscription): void {
    this.sink.discard(subscription);
  }

  flush(): void {
    this.sink.flush();
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

  onFull(isFull: boolean): void {
    if (isFull) this.#pause(BUFFER);
    else this.#resume(BUFFER);
  }

  onSlow(): void {
    this.#services.counts.slowConsumers++;
  }

  onProgress(): void {
    // While we do not read it, what it reads is all that can be heard of it.
    if (this.#pausedFor !== 0) this.#heartbeat.beat();
  }

  onPing(): void {
    this.#socket.ping();
  }

  onIdle(): void {
    const { heartbeatIntervalMs, maxConnectionLifespanMs } = this.#services.options;
    this.close(this.peer.protocol.closes.idle(heartbeatIntervalMs, maxConnectionLifespanMs));
  }

  onLifespan(): void {
    const { heartbeatIntervalMs, maxConnectionLifespanMs } = this.#services.options;
    this.close(this.peer.protocol.closes.lifespan(heartbeatIntervalMs, maxConnectionLifespanMs));
  }

  /**
   * Sends a message of the engine's own, in order with replies and updates.
   *
   * @param topic it is about this topic's updates, and is discarded with them
   */
  send(message: Message, topic?: string): void {
    if (this.#isOpen) this.sink.append(this.#services.codec.encode(message, topic));
  }

  /**
   * Answers a request, in its turn among the replies of its topic and, without an id, of its type.
   *
   * @param answer never rejects
   */
  reply({ type, id }: Message, topic: string | undefined, answer: Promise<PendingReply>): void {
    const start = this.#services.clock.monotonic();
    const lanes = [...(topic === undefined ? [] : [topic]), ...(id === undefined ? [type] : [])];
    this.#replies ??= new ReplyQueue();
    const replies = this.#replies;
    replies.enqueue(lanes, answer, (ready) => {
      if (!this.#isOpen) return;
      const { outcome, payload } = ready.reply();
      this.send({ type: `${type}.response`, payload, ...(id !== undefined && { id }) });
      ready.sent?.();
      const durationMs = this.#services.clock.monotonic() - start;
      this.#services.observers.operation({ type, outcome, durationMs });
      if (replies.size < MAX_UNANSWERED / 2) this.#resume(ANSWERS);
    });
    if (replies.size >= MAX_UNANSWERED) this.#pause(ANSWERS);
  }

  /** Acts for a principal from now on, until its token runs out. */
  login(principal: Principal): void {
    // A token is looked at for a while, and its client may have left meanwhile.
    if (!this.#isOpen) return;
    this.invalidateAuthorization();
    this.#tokenExpiry?.end();
    const { clock, options } = this.#services;
    const { protocol } = this.peer;
    this.#tokenExpiry = new TokenExpiry(principal, clock, options.authExpiringMs, {
      onExpiring: (leftMs) => protocol.expiring(this, leftMs),
      onExpired: () => this.close(protocol.closes.tokenExpired),
    });
  }

  /** What was decided of what it may do says nothing any more. */
  invalidateAuthorization(): void {
    this.#authorizationVersion++;
  }

  /**
   * Writes what is gathered, then closes. Everything held is released at once. A peer that does not answer in time is
   * cut, and what waits for it with it.
   */
  close({ code, reason }: Pick<CloseCode, "code" | "reason">): void {
    if (!this.#isOpen) return;
    this.sink.flush();
    this.#socket.close(code, reason);
    this.#leave();
  }

  /** The client did something it should not have. @returns whether it may go on */
  countError(): boolean {
    this.#errors ??= new TokenBucket(this.#services.errorRate, this.#services.clock);
    const isTolerable = this.#errors.take() === 0;
    if (!isTolerable) this.close(closeCodes.tooManyErrors);
    return isTolerable;
  }

  #refuse(code: "invalid_message" | "unknown_type", message: string, request?: Message): void {
    this.peer.protocol.refuse(this, { code, message, id: request?.id });
  }

  #limitRate(): void {
    const waitMs = this.#requests.take();
    if (waitMs === 0 || (this.#pausedFor & RATE) !== 0) return;
    this.#pause(RATE);
    this.#cancelWait = this.#services.clock.after(waitMs, () => this.#resume(RATE));
  }

  #pause(reason: number): void {
    if (!this.#isOpen) return;
    if (this.#pausedFor === 0) this.#socket.pause();
    this.#pausedFor |= reason;
  }

  #resume(reason: number): void {
    if ((this.#pausedFor & reason) === 0) return;
    this.#pausedFor &= ~reason;
    if (this.#pausedFor === 0 && this.#isOpen) this.#socket.resume();
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#heartbeat.stop();
    this.#tokenExpiry?.end();
    this.#abort?.abort();
    this.#cancelWait();
    this.#cancelCut = this.#services.clock.after(CLOSE_GRACE_MS, () => this.#socket.terminate());
    this.#listener.onLeave();
  }
}
