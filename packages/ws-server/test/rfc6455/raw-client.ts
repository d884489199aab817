import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { close, FrameReader, opcodes, type ServerFrame } from "./frames.js";

/** RFC 6455 §1.3: the key of the RFC's own example. */
export const SAMPLE_KEY = "dGhlIHNhbXBsZSBub25jZQ==";
/** The server's accept key for {@link SAMPLE_KEY}. */
export const SAMPLE_ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** An upgrade request. The defaults make a valid one. */
export interface UpgradeShape {
  /** @default "GET" */
  readonly method?: string;
  /** @default the endpoint's path */
  readonly target?: string;
  /** @default "HTTP/1.1" */
  readonly version?: string;
  /** Replaces headers by name, or leaves them out where undefined; a list is written line by line. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Written after the head as it is. @default "" */
  readonly body?: string;
}

/** Returns the text of an upgrade request. */
export function upgradeRequest(shape: UpgradeShape = {}): string {
  const { method = "GET", target = "/api/v1/ws", version = "HTTP/1.1", body = "" } = shape;
  const headers = {
    Host: "localhost",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": SAMPLE_KEY,
    "Sec-WebSocket-Version": "13",
    ...shape.headers,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((line) => `${name}: ${line}\r\n`),
  );
  return `${method} ${target} ${version}\r\n${lines.join("")}\r\n${body}`;
}

/** An HTTP response's head. */
export interface ResponseHead {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

/** The close of a connection by the server. */
export interface Ending {
  /** The code of its close frame: 1005 for an empty one, undefined without one. */
  readonly code: number | undefined;
  readonly reason: string;
}

/** A client that sends exactly the given bytes, and nothing by itself. The test's end destroys its socket. */
export class RawClient {
  readonly socket: Socket;
  /** Every frame received so far. */
  readonly frames: ServerFrame[] = [];
  /** Resolves when the socket has closed. */
  readonly ended: Promise<void>;
  #head = Buffer.alloc(0);
  #response: ResponseHead | undefined;
  readonly #reader = new FrameReader();
  #fault: Error | undefined;
  #isOver = false;
  #read = 0;
  #wake = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes: Buffer) => this.#onBytes(bytes));
    // The server can reset the connection during a write.
    socket.on("error", () => {});
    this.ended = new Promise((resolve) =>
      socket.once("close", () => {
        this.#isOver = true;
        this.#wake();
        resolve();
      }),
    );
  }

  /** Opens a TCP connection without sending anything. */
  static async dial(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const client = new RawClient(socket);
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    return client;
  }

  /** Opens a WebSocket. */
  static async open(url: string, shape?: UpgradeShape): Promise<RawClient> {
    const client = await RawClient.dial(url);
    client.send(upgradeRequest(shape));
    const { status } = await client.response();
    if (status !== 101) throw new Error(`The server replied to the upgrade with ${status}`);
    return client;
  }

  send(...bytes: readonly (Buffer | string)[]): void {
    this.socket.write(Buffer.concat(bytes.map((part) => Buffer.from(part))));
  }

  /** Returns the response's head, with status 0 if the socket closed without one. */
  async response(): Promise<ResponseHead> {
    await this.#until(() => this.#response !== undefined);
    return this.#response ?? { status: 0, headers: new Map() };
  }

  /** Returns the next frame, or undefined if the socket closed first. */
  async next(): Promise<ServerFrame | undefined> {
    await this.#until(() => this.frames.length > this.#read);
    return this.frames[this.#read++];
  }

  /** Waits for the server's close frame, replies to it as a client has to, and waits until the socket closes. */
  async ending(): Promise<Ending> {
    await this.#until(() => this.#closeFrame !== undefined);
    const body = this.#closeFrame?.payload;
    if (body !== undefined && this.socket.writable) this.send(close(1000));
    await this.ended;
    if (this.#fault !== undefined) throw this.#fault;
    if (body === undefined) return { code: undefined, reason: "" };
    const code = body.length === 0 ? 1005 : body.readUInt16BE(0);
    return { code, reason: body.subarray(2).toString("utf8") };
  }

  get #closeFrame(): ServerFrame | undefined {
    return this.frames.find(({ opcode }) => opcode === opcodes.close);
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue() && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#fault !== undefined) throw this.#fault;
  }

  #onBytes(bytes: Buffer): void {
    try {
      if (this.#response === undefined) this.#onHead(bytes);
      else if (this.#response.status === 101) this.frames.push(...this.#reader.push(bytes));
    } catch (error) {
      this.#fault = error as Error;
      this.socket.destroy();
    }
    this.#wake();
  }

  #onHead(bytes: Buffer): void {
    this.#head = Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const [start = "", ...lines] = this.#head.subarray(0, end).toString("latin1").split("\r\n");
    const headers = lines.map((line) => line.split(/:\s*/, 2) as [string, string]);
    this.#response = {
      status: Number(start.split(" ")[1]),
      headers: new Map(headers.map(([name, value]) => [name.toLowerCase(), value])),
    };
    this.#onBytes(this.#head.subarray(end + 4));
  }
}
