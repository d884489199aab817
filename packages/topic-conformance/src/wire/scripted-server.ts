import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { firstMismatch } from "./match.js";
import type { Frame } from "./peer.js";
import { WireFailure } from "./scenario.js";
import { shorten, type Trace } from "./trace.js";
import { Waiter } from "./waiter.js";

/** A server whose every frame a scenario scripts. It accepts connections of the client under test, in order. */
export class ScriptedServer {
  readonly url: string;
  readonly #http: Server;
  readonly #upgrades = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    // Without a selection the first one, as most servers do.
    handleProtocols: (offered) => this.#selected ?? [...offered][0] ?? false,
  });
  readonly #trace: Trace;
  readonly #timeoutMs: number;
  readonly #waiting: ScriptedConnection[] = [];
  readonly #all: ScriptedConnection[] = [];
  readonly #waiter = new Waiter();
  /** The times of all connection attempts, accepted or rejected. */
  readonly attempts: number[] = [];
  #rejections = 0;
  #selected: string | undefined;
  #rejectsSubprotocols = false;

  private constructor(http: Server, trace: Trace, timeoutMs: number) {
    this.#http = http;
    this.#trace = trace;
    this.#timeoutMs = timeoutMs;
    this.url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/api/v1/ws`;
    http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  static async start(trace: Trace, timeoutMs: number): Promise<ScriptedServer> {
    const http = createServer();
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    return new ScriptedServer(http, trace, timeoutMs);
  }

  /** Returns the next connection of the client. */
  async accept(): Promise<ScriptedConnection> {
    await this.#waiter.until("a connection", this.#timeoutMs, () => this.#waiting.length > 0);
    return this.#waiting.shift() as ScriptedConnection;
  }

  /** The number of connections that no `accept` has returned. */
  get unexpected(): number {
    return this.#waiting.length;
  }

  /** Rejects the next connection attempts with HTTP status 503. */
  reject(attempts: number): void {
    this.#rejections = attempts;
  }

  /** Rejects all connection attempts that offer subprotocols. */
  rejectSubprotocols(): void {
    this.#rejectsSubprotocols = true;
  }

  /** Selects this subprotocol of those that the client offers. */
  selects(subprotocol: string): void {
    this.#selected = subprotocol;
  }

  /** Waits for a number of connection attempts since the start. */
  async attempted(count: number): Promise<void> {
    await this.#waiter.until(`${count} connection attempts`, this.#timeoutMs, () => this.attempts.length >= count);
  }

  async close(): Promise<void> {
    for (const connection of this.#all) connection.terminate();
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, "close");
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.attempts.push(performance.now());
    // A client may reset the connection of a rejected attempt.
    socket.on("error", () => {});
    const isRejected =
      this.#rejections > 0 || (this.#rejectsSubprotocols && request.headers["sec-websocket-protocol"] !== undefined);
    if (isRejected) {
      this.#rejections = Math.max(this.#rejections - 1, 0);
      this.#trace.add("→", "server", "HTTP 503");
      socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      this.#waiter.wake();
      return;
    }
    this.#upgrades.handleUpgrade(request, socket, head, (client) => {
      const name = `server ${this.#all.length + 1}`;
      this.#trace.add("·", name, `accepts ${request.url}`);
      const connection = new ScriptedConnection(client, request, name, this.#trace, this.#timeoutMs);
      this.#all.push(connection);
      this.#waiting.push(connection);
      this.#waiter.wake();
    });
  }
}

/** The used part of a WebSocket, so that the types of this package do not need those of `ws`. */
interface ServerSocket {
  on(event: "message", listener: (data: unknown, isBinary: boolean) => void): unknown;
  on(event: "close", listener: (code: number) => void): unknown;
  on(event: "error", listener: () => void): unknown;
  send(data: string | Uint8Array): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

/** One connection of the client under test. It reads the client's frames strictly in order. */
export class ScriptedConnection {
  /** The path and query with which the client connected. */
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
  readonly #socket: ServerSocket;
  readonly #name: string;
  readonly #trace: Trace;
  readonly #timeoutMs: number;
  readonly #frames: Frame[] = [];
  readonly #waiter = new Waiter();
  #close: number | undefined;
  /** The first frame that is not an envelope. */
  #invalid: string | undefined;

  constructor(socket: ServerSocket, request: IncomingMessage, name: string, trace: Trace, timeoutMs: number) {
    this.target = request.url ?? "";
    this.headers = request.headers;
    this.#socket = socket;
    this.#name = name;
    this.#trace = trace;
    this.#timeoutMs = timeoutMs;
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => {
      const text = String(data);
      trace.add("←", name, isBinary ? `binary, ${text.length} bytes` : text);
      const envelope = isBinary ? undefined : readEnvelope(text);
      if (envelope === undefined) this.#invalid ??= text;
      else this.#frames.push({ ...envelope, text });
      this.#waiter.wake();
    });
    socket.on("close", (code) => {
      trace.add("←", name, `close ${code}`);
      this.#close = code;
      this.#waiter.wake();
    });
  }

  get isClosed(): boolean {
    return this.#close !== undefined;
  }

  /** Reads the client's next frame, which must match the pattern. */
  async expect(pattern: object): Promise<Frame> {
    const wanted = JSON.stringify(pattern);
    await this.#waiter.until(wanted, this.#timeoutMs, () => this.#hasNext);
    const frame = this.#frames.shift();
    if (frame === undefined) throw new WireFailure(wanted, this.#invalid ?? `close ${this.#close}`);
    const mismatch = firstMismatch(pattern, JSON.parse(frame.text));
    if (mismatch !== undefined) throw new WireFailure(wanted, shorten(frame.text), mismatch);
    return frame;
  }

  send(frame: object | string | Uint8Array): void {
    const data = typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame);
    this.#trace.add("→", this.#name, typeof data === "string" ? data : "a binary frame");
    this.#socket.send(data);
  }

  /** Replies to a request, with its id if it has one. */
  reply({ type, id }: Frame, payload: object, withId = true): void {
    this.send({ type: `${type}.response`, payload, ...(withId && id !== undefined && { id }) });
  }

  close(code: number, reason = ""): void {
    this.#trace.add("→", this.#name, `close ${code} ${reason}`);
    this.#socket.close(code, reason);
  }

  /** Ends the connection without a closing handshake, as a crash does. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Waits until the client has closed the connection. Frames before that are a failure. */
  async closed(): Promise<number> {
    await this.#waiter.until("a close", this.#timeoutMs, () => this.#hasNext);
    const [frame] = this.#frames;
    if (frame !== undefined) throw new WireFailure("a close", shorten(frame.text));
    return this.#close as number;
  }

  get #hasNext(): boolean {
    return this.#frames.length > 0 || this.isClosed || this.#invalid !== undefined;
  }
}

/** Returns undefined if the text is not an envelope. */
function readEnvelope(text: string): Omit<Frame, "text"> | undefined {
  try {
    const { type, payload = {}, ...others } = JSON.parse(text);
    return typeof type === "string" ? { ...others, type, payload } : undefined;
  } catch {
    return undefined;
  }
}
