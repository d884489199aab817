import type { Frame, MemorySocket } from "../helpers/memory-network.js";

export const ACCOUNT = { accountId: "A-1" };
export const ORDERS = 'orders:{"accountId":"A-1"}';
export const AAPL = { symbol: "AAPL" };
export const TRADES = 'trades:{"symbol":"AAPL"}';

/** A server's state of one connection. */
interface Peer {
  hasWelcomed: boolean;
  user: string | undefined;
  /** Number of frames that the server has handled. */
  handled: number;
  readonly topics: Set<string>;
}

/**
 * A server with one private and one public topic, which acts only when a test lets it. Each user has other data in the same
 * private topic, as with a server that derives the account from the user.
 */
export class FakeServer {
  /** The frames that a client must not send. */
  readonly faults: string[] = [];
  /** Whether the server refuses every token. */
  refusesTokens = false;
  readonly #isSession: boolean;
  readonly #peers = new Map<MemorySocket, Peer>();
  readonly #ended = new Set<MemorySocket>();
  /** Offsets of the public topic, and of the private one by user. */
  readonly #offsets = new Map<string, number>();

  constructor(isSession: boolean) {
    this.#isSession = isSession;
  }

  /** Whether the connection is open on the server's side. */
  isOpen(socket: MemorySocket): boolean {
    return this.#peers.has(socket) && !socket.closedByClient && !this.#ended.has(socket);
  }

  accept(socket: MemorySocket): void {
    if (this.#peers.has(socket) || socket.closedByClient || this.#ended.has(socket)) return;
    this.#peers.set(socket, { hasWelcomed: !this.#isSession, user: undefined, handled: 0, topics: new Set() });
    socket.accept();
  }

  welcome(socket: MemorySocket): void {
    const peer = this.#peers.get(socket);
    if (!peer || peer.hasWelcomed || !this.isOpen(socket)) return;
    peer.hasWelcomed = true;
    const payload = { connectionId: "c", protocol: 2, heartbeatIntervalMs: 30_000, serverTime: 0, server: "fake" };
    socket.say({ type: "session.welcome", payload: { ...payload, maxConnectionLifespanMs: 3_600_000 } });
  }

  /** Handles up to `count` frames. A session handles none before its welcome. */
  handle(socket: MemorySocket, count: number): void {
    const peer = this.#peers.get(socket);
    if (!peer?.hasWelcomed) return;
    for (; count > 0 && this.isOpen(socket); count--) {
      const frame = socket.sent[peer.handled];
      if (!frame) return;
      peer.handled++;
      this.#handle(socket, peer, frame);
    }
  }

  /** Publishes an update of a topic to its subscribers. */
  publish(topic: string): void {
    const increased = new Set<string>();
    for (const [socket, peer] of this.#peers) {
      if (!this.isOpen(socket) || !peer.topics.has(topic)) continue;
      const run = this.#runOf(topic, peer);
      if (!increased.has(run)) this.#offsets.set(run, this.#offset(run) + 1);
      increased.add(run);
      this.#update(socket, topic, peer);
    }
  }

  end(socket: MemorySocket, code: number): void {
    if (socket.closedByClient || this.#ended.has(socket)) return;
    this.#ended.add(socket);
    socket.end(code);
  }

  say(socket: MemorySocket, message: object): void {
    if (this.#peers.get(socket)?.hasWelcomed && this.isOpen(socket) && this.#isSession) socket.say(message);
  }

  #handle(socket: MemorySocket, peer: Peer, frame: Frame): void {
    const { type } = frame;
    const echo = this.#isSession;
    const topic = type.startsWith("orders.") ? ORDERS : TRADES;
    const isPrivate = !type.startsWith("trades.");
    if (type === "ping") socket.say({ type: "pong" });
    else if (type === "auth.login") this.#login(socket, peer, frame);
    else if (type.endsWith(".unsubscribe")) {
      peer.topics.delete(topic);
      socket.confirm(frame, topic, { echo });
    } else if (this.#isSession && isPrivate && peer.user === undefined) {
      socket.refuse(frame, { code: "unauthorized", message: "Log in first: this is private", topic });
    } else if (type.endsWith(".subscribe")) {
      peer.topics.add(topic);
      this.#subscribe(socket, peer, frame, topic);
    } else socket.say({ type: `${type}.response`, payload: {}, id: frame.id });
  }

  #login(socket: MemorySocket, peer: Peer, frame: Frame): void {
    const user = String(frame.payload.token).slice("token of ".length);
    if (this.refusesTokens) socket.refuse(frame, { code: "unauthorized", message: "The token is not valid" });
    else if (peer.user !== undefined && peer.user !== user) socket.refuse(frame, { code: "subject_changed" });
    else {
      peer.user = user;
      socket.say({ type: "auth.login.response", payload: { status: "ok", message: "", subject: user }, id: frame.id });
    }
  }

  #subscribe(socket: MemorySocket, peer: Peer, frame: Frame, topic: string): void {
    if (!this.#isSession) {
      socket.confirm(frame, topic, { echo: false });
      return;
    }
    const run = this.#runOf(topic, peer);
    const { resume } = frame;
    if (topic === ORDERS && resume && resume.epoch !== run) this.faults.push(`${peer.user} resumes ${resume.epoch}`);
    const offset = this.#offset(run);
    const recovered = resume && resume.epoch === run && resume.offset === offset;
    const snapshot = topic === ORDERS && !recovered;
    const start = snapshot ? Math.max(0, offset - 1) : offset;
    const outcome = resume ? { recovered: recovered === true } : {};
    socket.confirm(frame, topic, {
      epoch: run,
      offset: start,
      retention: "keyed",
      ...(snapshot && { snapshot }),
      ...outcome,
    });
    if (snapshot && offset > start) this.#update(socket, topic, peer);
    if (snapshot || recovered) socket.current(topic, run, offset);
  }

  #update(socket: MemorySocket, topic: string, peer: Peer): void {
    const owner = peer.user ?? "handshake";
    const offset = this.#isSession ? this.#offset(this.#runOf(topic, peer)) : undefined;
    socket.update(topic, { id: `order of ${owner}`, owner }, offset);
  }

  /** Returns the epoch: each user has another run of the private topic. */
  #runOf(topic: string, { user }: Peer): string {
    return topic === ORDERS ? `orders of ${user}` : "trades";
  }

  #offset(run: string): number {
    return this.#offsets.get(run) ?? 1;
  }
}
