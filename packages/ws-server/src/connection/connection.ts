import { closeCodes, type Message, type Position, TopicError } from "@trading/topic";
import type { Principal } from "../auth/auth.js";
import { TokenExpiry } from "../auth/token-expiry.js";
import type { Usages } from "../limits/clients.js";
import type { Subscriber, Subscription } from "../topics/subscription.js";
import { Backpressure, PauseReason } from "./backpressure.js";
import { Flow } from "./flow-queue.js";
import { Heartbeat } from "./heartbeat.js";
import type { OperationConnection, Operations, PendingReply } from "./operation.js";
import { OutboundQueue } from "./outbound-queue.js";
import type { Close, Protocol, ProtocolConnection } from "./protocol.js";
import { TokenBucket } from "./rate-limit.js";
import { lanesOf, ReplyQueue } from "./reply-queue.js";
import type { RequestGroup, RequestHandler } from "./request-scheduler.js";
import type { ConnectionServices } from "./services.js";
import type { ClientRequest, Socket, SocketHandlers } from "./socket.js";

/** Time for the client to answer the close frame before the socket is destroyed. */
export const CLOSE_GRACE_MS = 1_000;
/** Maximum number of further such periods while earlier frames, and the close frame behind them, wait in the socket. */
const MAX_UNSENT_PERIODS = 9;
/** Maximum number of in-flight requests; reading pauses above it. */
const MAX_PENDING_REPLIES = 1_000;

const TOO_MANY_CONTROL_FRAMES = { code: closeCodes.policy.code, reason: "Too many pings and pongs" };

/** The result of a client's handshake. */
export interface ConnectionInit {
  readonly protocol: Protocol;
  readonly operations: Operations;
  /** Whether it has requested compact updates. @default false */
  readonly isCompact?: boolean;
  /** The longest batch that it accepts; 0 = none. The base protocol has no batches. @default 0 */
  readonly maxBatchBytes?: number;
  /** The client's address. */
  readonly address: string;
  readonly principal: Principal | undefined;
}

/** The events of a server's connections. Each is called once per connection. */
export interface ConnectionListener {
  /** The socket is closing or closed: nothing can be delivered any more. */
  onLeave(connection: Connection): void;
  /** The socket has closed. */
  onClosed(connection: Connection, code: number): void;
}

/**
 * One client's connection: reads requests, passes them to their operations, and sends replies and updates.
 *
 * A server can have very many idle connections, so the parts that an idle connection does not need are created on first
 * use.
 */
export class Connection
  implements OperationConnection, ProtocolConnection, Subscriber, SocketHandlers, RequestHandler<ClientRequest>
{
  readonly id: string;
  readonly protocol: Protocol;
  readonly address: string;
  /** Whether its updates are compact. */
  readonly isCompact: boolean;
  /** Receives the updates of its subscriptions. */
  readonly sink: OutboundQueue;
  readonly #operations: Operations;
  readonly #socket: Socket;
  readonly #services: ConnectionServices;
  readonly #listener: ConnectionListener;
  readonly #heartbeat: Heartbeat;
  readonly #backpressure: Backpressure;
  #usages: Usages;
  #controlFrames: TokenBucket | undefined;
  readonly #openedAt: number;
  #replies: ReplyQueue | undefined;
  #errors: TokenBucket | undefined;
  #flow: Flow | undefined;
  #tokenExpiry: TokenExpiry | undefined;
  #authorizationVersion = 0;
  #abort: AbortController | undefined;
  #onClosed: (() => void) | undefined;
  /** When the handling of its last request began. */
  #handledAt = 0;
  #isOpen = true;
  #hasClosed = false;
  #cancelTerminate: (() => void) | undefined;

  constructor(socket: Socket, init: ConnectionInit, services: ConnectionServices, listener: ConnectionListener) {
    const { clock, random, heartbeats, options } = services;
    const { protocol, operations, address, principal, isCompact = false, maxBatchBytes = 0 } = init;
    this.id = random.id();
    this.protocol = protocol;
    this.address = address;
    this.isCompact = isCompact;
    this.#operations = operations;
    this.#socket = socket;
    this.#services = services;
    this.#listener = listener;
    this.#openedAt = clock.monotonic();
    // Clients that connected at the same time should not all be disconnected at the same time.
    const share = protocol.name === "session" ? 0.8 + 0.2 * random.fraction() : 1;
    const lifespanMs = options.maxConnectionLifespanMs * share;
    this.#heartbeat = new Heartbeat(heartbeats[protocol.name], lifespanMs, socket, this);
    this.#usages = services.clients.enter(this);
    this.#backpressure = new Backpressure(socket, services, this.#heartbeat, this);
    const batchBytes = protocol.name === "session" ? Math.min(maxBatchBytes, options.maxBatchBytes) : 0;
    this.sink = new OutboundQueue(socket, services, this.#backpressure, isCompact, batchBytes);
    if (principal !== undefined) this.authenticate(principal);
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

  /** The usage of the connection and of its client, against their limits. */
  get usages(): Usages {
    return this.#usages;
  }

  get flow(): Flow {
    this.#flow ??= new Flow();
    return this.#flow;
  }

  /** The group of its client's connections. */
  get group(): RequestGroup<ClientRequest> {
    return this.#usages[1].requestGroup;
  }

  get authorizationVersion(): number {
    return this.#authorizationVersion;
  }

  /** Milliseconds since the connection was opened. */
  get livedMs(): number {
    return this.#services.clock.monotonic() - this.#openedAt;
  }

  /** Bytes that have not been sent. */
  get waitingBytes(): number {
    return this.sink.waitingBytes;
  }

  /** Number of subscriptions with unread updates. */
  get laggingTopics(): number {
    return this.sink.laggingCount;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (!this.#isOpen) this.#abort.abort();
    return this.#abort.signal;
  }

  onText(text: string): void {
    this.#receive(text);
  }

  onBinary(): void {
    this.#receive(undefined);
  }

  onWaiting(areWaiting: boolean): void {
    if (areWaiting) this.#backpressure.pause(PauseReason.waitingRequests);
    else this.#backpressure.resume(PauseReason.waitingRequests);
  }

  handle(text: ClientRequest, startedAt: number): void {
    this.#handledAt = startedAt;
    if (text === undefined) {
      this.#refuse("invalid_message", "Expected a text frame, got a binary frame");
      return;
    }
    let request: Message | undefined;
    try {
      request = this.#services.codec.decode(text);
      const operation = this.#operations.get(request.type);
      if (operation !== undefined) operation(this, request);
      else this.#refuse("unknown_type", "Unknown operation type", request);
    } catch (error) {
      if (error instanceof TopicError) this.#refuse("invalid_message", error.message, request);
      else {
        // An internal error closes this connection, not the process.
        this.#services.logger.error("A request could not be handled", { error });
        this.close(closeCodes.internal);
      }
    }
  }

  onPing(): void {
    this.#countControlFrame();
  }

  onPong(): void {
    this.#countControlFrame();
    if (this.protocol.countsPongs) this.#heartbeat.beat();
  }

  onBroken(): void {
    this.#leave();
  }

  onClose(code: number): void {
    this.#leave();
    this.#cancelTerminate?.();
    this.#listener.onClosed(this, code);
    this.#hasClosed = true;
    this.#onClosed?.();
  }

  onCurrent({ topic }: Subscription, position: Position): void {
    this.protocol.current(this, topic, position);
  }

  onLost(): void {
    this.close(this.protocol.closes.slow);
  }

  onEnded(topic: string, reason: { readonly code: string; readonly retryable: boolean }): void {
    if (this.#isOpen) this.protocol.ended(this, topic, reason);
  }

  send(message: Message, topic?: string): void {
    if (this.#isOpen) this.sink.append(this.#services.codec.encode(message, topic));
  }

  reply(request: Message, topic: string | undefined, reply: PendingReply | Promise<PendingReply>): void {
    const startedAt = this.#handledAt;
    // mutant: overtake-earlier-replies
    if (!(reply instanceof Promise) && !this.#hasEarlierReplies(request, topic)) {
      this.#sendReply(request, reply, startedAt);
      return;
    }
    this.#replies ??= new ReplyQueue();
    const replies = this.#replies;
    replies.enqueue(lanesOf(request, topic), reply, (ready) => {
      if (!this.#isOpen) return;
      this.#sendReply(request, ready, startedAt);
      if (replies.size < MAX_PENDING_REPLIES / 2) this.#backpressure.resume(PauseReason.pendingReplies);
    });
    if (replies.size >= MAX_PENDING_REPLIES) this.#backpressure.pause(PauseReason.pendingReplies);
  }

  authenticate(principal: Principal): void {
    // Verification is asynchronous: the client may have disconnected.
    if (!this.#isOpen) return;
    this.invalidateAuthorization();
    this.#tokenExpiry?.stop();
    const { clock, observers, options } = this.#services;
    const { subject } = principal;
    const isRenewal = this.#tokenExpiry !== undefined;
    this.#tokenExpiry = new TokenExpiry(principal, clock, options.authExpiringMs, {
      onExpiring: (leftMs) => this.protocol.expiring(this, leftMs),
      onExpired: () => this.close(this.protocol.closes.tokenExpired),
    });
    this.#usages = this.#services.clients.enter(this, this.#usages);
    observers.loggedIn({ connectionId: this.id, subject, address: this.address, isRenewal });
  }

  invalidateAuthorization(): void {
    this.#authorizationVersion++;
  }

  /**
   * Writes the queued frames, then closes, and releases all subscriptions immediately. Updates for which the socket has no
   * room are dropped, so that a client that reads late still gets the close code. A client that does not answer the close
   * frame within a second, or does not read it within ten, is disconnected.
   */
  close({ code, reason }: Close): void {
    if (!this.#isOpen) return;
    this.sink.end();
    this.#socket.close(code, reason);
    this.#leave();
  }

  /** Destroys the connection without a closing handshake. */
  terminate(): void {
    this.#socket.terminate();
  }

  countError(): boolean {
    this.#errors ??= new TokenBucket(this.#services.errorRate, this.#services.clock);
    const isTolerable = this.#errors.take() === 0;
    if (!isTolerable) this.close(closeCodes.tooManyErrors);
    return isTolerable;
  }

  #receive(text: ClientRequest): void {
    if (!this.#isOpen) return;
    this.#heartbeat.beat();
    this.#backpressure.countRequest();
    this.#services.requestScheduler.schedule(this, text);
  }

  /**
   * Counts a ping or a pong. Reading cannot be paused for them, because a client with queued requests would then be closed
   * for its answers to the server's pings.
   */
  #countControlFrame(): void {
    this.#controlFrames ??= new TokenBucket(this.#services.controlRate, this.#services.clock);
    if (!this.#isOpen || this.#controlFrames.take() === 0) return;
    this.#services.observers.limitReached({ limit: "control_frames" });
    this.close(TOO_MANY_CONTROL_FRAMES);
  }

  /** Returns whether a reply would overtake one that has not been sent. */
  #hasEarlierReplies(request: Message, topic: string | undefined): boolean {
    const replies = this.#replies;
    return replies !== undefined && replies.size > 0 && replies.isBusy(lanesOf(request, topic));
  }

  #sendReply({ type, id }: Message, reply: PendingReply, startedAt: number): void {
    const { clock, observers } = this.#services;
    const { outcome, payload } = reply.build();
    const response = `${type}.response`;
    this.send(id === undefined ? { type: response, payload } : { type: response, payload, id });
    reply.onQueued?.();
    observers.operation({ type, outcome, durationMs: clock.monotonic() - startedAt });
  }

  #refuse(code: "invalid_message" | "unknown_type", message: string, request?: Message): void {
    this.protocol.refuse(this, { code, message, id: request?.id });
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#heartbeat.stop();
    this.#tokenExpiry?.stop();
    this.#abort?.abort();
    this.#services.requestScheduler.drop(this);
    this.#backpressure.stop();
    this.sink.clear();
    this.#terminateLater(MAX_UNSENT_PERIODS);
    this.#listener.onLeave(this);
    this.#services.clients.leave(this, this.#usages);
  }

  /** Destroys the socket unless it closes in time. The time for the client's answer starts when it has been sent everything. */
  #terminateLater(unsentPeriods: number): void {
    const isUnsent = this.#socket.bufferedBytes > 0;
    this.#cancelTerminate = this.#services.clock.after(CLOSE_GRACE_MS, () => {
      if (isUnsent && unsentPeriods > 0) this.#terminateLater(unsentPeriods - 1);
      else this.terminate();
    });
  }
}
