import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { firstMismatch } from "./match.js";
import { WireFailure } from "./scenario.js";
import { shorten, type Trace } from "./trace.js";
import { Waiter } from "./waiter.js";

/** A received frame: its text, and the envelope in it. */
export interface Frame {
  readonly text: string;
  readonly type: string;
  readonly id?: string | number;
  // biome-ignore lint/suspicious/noExplicitAny: the frame of a server under test, which scenarios compare with patterns
  readonly payload: any;
}

/** The options of a connection to the server under test. */
export interface PeerOptions {
  /** The name in the trace. @default "client" */
  readonly name?: string;
  /** A token for the header `Authorization`. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly subprotocols?: readonly string[];
  /** Whether a JSON array is a compact update instead of an invalid frame. @default false */
  readonly hasCompactUpdates?: boolean;
  /** Whether to reply to WebSocket pings. @default true */
  readonly repliesToPings?: boolean;
  /** Whether the server publishes by itself: the updates of subscribed topics can come at any time, and are not read. @default false */
  readonly isLive?: boolean;
}

/** A raw WebSocket connection to the server under test. It reads frames strictly in order. */
export class Peer {
  readonly #socket: WebSocket;
  readonly #trace: Trace;
  readonly #name: string;
  readonly #timeoutMs: number;
  readonly #frames: Frame[] = [];
  /** The texts of all received messages. */
  readonly messages: string[] = [];
  /** Whether the server has confirmed batches. */
  #hasBatches = false;
  #invalid: WireFailure | undefined;
  #close: { readonly code: number; readonly reason: string } | undefined;
  readonly #waiter = new Waiter();
  readonly #hasCompactUpdates: boolean;
  readonly #isLive: boolean;
  /** The topics whose subscription the server has confirmed, and not ended. */
  readonly #subscribed = new Set<unknown>();

  private constructor(
    socket: WebSocket,
    trace: Trace,
    timeoutMs: number,
    { name, hasCompactUpdates, isLive }: Required<Pick<PeerOptions, "name" | "hasCompactUpdates" | "isLive">>,
  ) {
    this.#hasCompactUpdates = hasCompactUpdates;
    this.#isLive = isLive;
    this.#isLive = isLive;
    this.#socket = socket;
    this.#trace = trace;
    this.#name = name;
    this.#timeoutMs = timeoutMs;
    socket.on("message", (data: Buffer, isBinary) => this.#received(data, isBinary));
    socket.on("close", (code, reason) => {
      this.#close = { code, reason: String(reason) };
      trace.add("←", name, `close ${showClose(this.#close)}`);
      this.#waiter.wake();
    });
    socket.on("error", () => {});
  }

  /** @throws WireFailure with the HTTP status if the server rejects the handshake */
  static async open(url: string, trace: Trace, timeoutMs: number, options: PeerOptions = {}): Promise<Peer> {
    const result = await Peer.attempt(url, trace, timeoutMs, options);
    if (result instanceof Peer) return result;
    throw new WireFailure(`an open connection to ${url}`, `HTTP status ${result.status}`);
  }

  /** Opens a connection, or returns the HTTP status with which the server rejects it. */
  static async attempt(
    url: string,
    trace: Trace,
    timeoutMs: number,
    {
      name = "client",
      token,
      headers = {},
      subprotocols = [],
      repliesToPings = true,
      hasCompactUpdates = false,
      isLive = false,
    }: PeerOptions = {},
  ): Promise<Peer | { readonly status: number; readonly headers: Readonly<Record<string, unknown>> }> {
    trace.add("·", name, `connects to ${url}`);
    const socket = new WebSocket(url, [...subprotocols], {
      autoPong: repliesToPings,
      perMessageDeflate: false,
      handshakeTimeout: timeoutMs,
      headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    });
    // The first frame can arrive together with the handshake, so the listeners are added before it.
    const peer = new Peer(socket, trace, timeoutMs, { name, hasCompactUpdates, isLive });
    const rejected = new Promise<IncomingMessage>((resolve) =>
      socket.once("unexpected-response", (_request, response: IncomingMessage) => resolve(response)),
    );
    const outcome = await Promise.race([once(socket, "open").then(() => peer), rejected]).catch((error: Error) => {
      throw new WireFailure(`a WebSocket handshake at ${url}`, error.message);
    });
    if (outcome instanceof Peer) return outcome;
    const { statusCode: status = 0, headers: received } = outcome;
    trace.add("←", name, `HTTP ${status}`);
    outcome.destroy();
    socket.terminate();
    return { status, headers: received };
  }

  /** The subprotocol that the server has selected; "" if none. */
  get subprotocol(): string {
    return this.#socket.protocol;
  }

  /** Whether the server has closed the connection. */
  get isClosed(): boolean {
    return this.#close !== undefined;
  }

  /** Sends an envelope, a text as it is, or a binary frame. */
  send(frame: object | string | Uint8Array): void {
    const data = typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame);
    this.#trace.add("→", this.#name, typeof data === "string" ? data : `binary ${Buffer.from(data).toString("hex")}`);
    this.#socket.send(data);
  }

  /** Sends a WebSocket pong that the server has not requested. */
  pong(): void {
    this.#socket.pong();
  }

  /** Returns the next frame. @throws WireFailure if the server closes, sends an invalid envelope, or sends nothing in time */
  async next(wanted = "a frame"): Promise<Frame> {
    await this.#waiter.until(
      wanted,
      this.#timeoutMs,
      () => this.#frames.length > 0 || this.isClosed || this.#invalid !== undefined,
    );
    const frame = this.#frames.shift();
    if (frame !== undefined) return frame;
    throw this.#invalid ?? new WireFailure(wanted, `close ${showClose(this.#close)}`);
  }

  /** Returns the next frame, or undefined if the server closes the connection instead. */
  async nextOrClose(): Promise<Frame | undefined> {
    await this.#waiter.until("a frame or a close", this.#timeoutMs, () => this.#frames.length > 0 || this.isClosed);
    return this.#frames.shift();
  }

  /** Reads the next frame, which must match the pattern. */
  async expect(pattern: object): Promise<Frame> {
    const wanted = JSON.stringify(pattern);
    const frame = await this.next(wanted);
    const mismatch = firstMismatch(pattern, JSON.parse(frame.text));
    if (mismatch !== undefined) throw new WireFailure(wanted, shorten(frame.text), mismatch);
    return frame;
  }

  /** Sends a request, whose reply must be the next frame. */
  request(type: string, payload: object, more: object = {}): Promise<Frame> {
    this.send({ type, payload, ...more });
    return this.expect({ type: `${type}.response` });
  }

  /** Waits until the server closes the connection, with one of the codes. Frames before the close are a failure. */
  async closes(code: number | readonly number[], reason?: string | RegExp): Promise<void> {
    const codes: readonly (number | undefined)[] = [code].flat();
    const wanted = `close ${codes.join(" or ")}${reason === undefined ? "" : ` ${reason}`}`;
    await this.#waiter.until(wanted, this.#timeoutMs, () => this.#frames.length > 0 || this.isClosed);
    const [frame] = this.#frames;
    if (frame !== undefined) throw new WireFailure(wanted, shorten(frame.text));
    const { code: actual, reason: text = "" } = this.#close ?? {};
    const isReason = reason === undefined || (typeof reason === "string" ? reason === text : reason.test(text));
    if (!codes.includes(actual) || !isReason) throw new WireFailure(wanted, `close ${showClose(this.#close)}`);
  }

  /** Stops reading from the socket, so that the server's buffer fills. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Closes the connection without a closing handshake, as a crash does. */
  terminate(): void {
    this.#socket.terminate();
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.#socket.resume();
    this.#socket.close();
    // A server that does not complete the closing handshake must not delay the suite.
    const timer = setTimeout(() => this.#socket.terminate(), 500);
    if (!this.isClosed) await once(this.#socket, "close");
    clearTimeout(timer);
  }

  #received(data: Buffer, isBinary: boolean): void {
    const text = data.toString();
    this.#trace.add("←", this.#name, isBinary ? `binary ${data.toString("hex")}` : text);
    this.messages.push(text);
    if (isBinary) this.#reject(`a binary frame ${data.toString("hex")}`);
    else for (const frame of this.#hasBatches ? text.split("\n") : [text]) this.#read(frame);
    this.#waiter.wake();
  }

  #read(text: string): void {
    const envelope = parseEnvelope(text, this.#hasCompactUpdates);
    if (envelope === undefined) this.#reject(text);
    else {
      if (envelope.type === "session.welcome") this.#hasBatches = envelope.payload.maxBatchBytes !== undefined;
      if (!(this.#isLive && this.#isLiveUpdate(envelope))) this.#frames.push({ ...envelope, text });
    }
  }

  /** Returns whether a frame is an update of a subscribed topic. One before the reply, or after an unsubscribe, is not. */
  #isLiveUpdate({ type, payload: { topic, status } }: Omit<Frame, "text">): boolean {
    if (type.endsWith(".update")) return this.#subscribed.has(topic);
    if (status === "error") return false;
    if (type.endsWith(".unsubscribe.response") || type === "subscription.ended") this.#subscribed.delete(topic);
    else if (type.endsWith(".subscribe.response")) this.#subscribed.add(topic);
    return false;
  }

  #reject(received: string): void {
    this.#invalid ??= new WireFailure('a text frame {"type":string,"payload"?:object,…}', shorten(received));
  }
}

/** Returns undefined if the text is not an envelope. A compact update has no type; it gets "". */
function parseEnvelope(text: string, hasCompactUpdates: boolean): Omit<Frame, "text"> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (hasCompactUpdates && Array.isArray(value)) return { type: "", payload: value };
  const { type, payload = {} } = (value ?? {}) as Record<string, unknown>;
  if (typeof type !== "string" || typeof payload !== "object" || payload === null) return undefined;
  return { ...(value as object), type, payload };
}

function showClose(close: { readonly code: number; readonly reason: string } | undefined): string {
  return close === undefined ? "" : `${close.code}${close.reason && ` ${close.reason}`}`;
}
