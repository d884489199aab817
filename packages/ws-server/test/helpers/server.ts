import { once } from "node:events";
import type { Bar } from "@trading/topic";
import { bars } from "@trading/topic";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { ServerOptions } from "../../src/index.js";
import { createServer, defineModule, type StreamServer, serve } from "../../src/index.js";
import { RecordingLogger, ScriptedSource } from "../../src/testing/index.js";

export interface BarsParams {
  readonly symbol: string;
  readonly resolution: "1" | "5" | "15" | "30" | "60" | "D" | "W" | "M";
}

export const AAPL: BarsParams = { symbol: "AAPL", resolution: "1" };
export const AAPL_TOPIC = 'bars:{"resolution":"1","symbol":"AAPL"}';

export function bar(time: number, close = 1): Bar {
  return { time, open: 1, high: Math.max(1, close), low: Math.min(1, close), close, volume: 1 };
}

export interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

export function deferred(): Deferred {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** A source of bars, which publishes to AAPL's minutes unless told otherwise. */
export class FakeSource extends ScriptedSource<BarsParams, Bar> {
  override publish(update: Bar, topic = AAPL_TOPIC): boolean {
    return super.publish(update, topic);
  }
}

export { RecordingLogger as MemoryLogger } from "../../src/testing/index.js";

/** A server of bars on a free port, closed when the test ends. */
export async function startServer(
  options: Partial<ServerOptions> = {},
): Promise<{ server: StreamServer; source: FakeSource; logger: RecordingLogger; url: string }> {
  const source = new FakeSource();
  const logger = new RecordingLogger();
  const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, source)] })];
  const server = createServer({ title: "Test", version: "1.2.3", modules, logger, lingerMs: 0, ...options });
  onTestFinished(() => server.close());
  const { url } = await server.listen();
  return { server, source, logger, url };
}

export interface Reply {
  readonly type: string;
  readonly id?: string | number;
  readonly payload: {
    readonly status?: string;
    readonly message?: string;
    readonly code?: string;
    readonly topic: string;
    readonly payload?: Bar;
  };
}

/** A plain client: what it got, in order. Cut when the test ends. */
export class Client {
  readonly socket: WebSocket;
  readonly frames: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #read = 0;
  #wake = () => {};

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => {
      this.frames.push(String(data));
      this.#wake();
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) =>
      socket.once("close", (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.#wake();
      }),
    );
  }

  static async connect(url: string): Promise<Client> {
    const client = new Client(new WebSocket(url));
    onTestFinished(() => client.socket.terminate());
    await once(client.socket, "open");
    return client;
  }

  get messages(): Reply[] {
    return this.frames.map((frame) => JSON.parse(frame));
  }

  send(message: unknown): void {
    this.socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  subscribe(payload: unknown = AAPL, id?: string | number): void {
    this.send({ type: "bars.subscribe", payload, id });
  }

  unsubscribe(payload: unknown = AAPL, id?: string | number): void {
    this.send({ type: "bars.unsubscribe", payload, id });
  }

  /** The next frame that was not read yet. */
  async next(): Promise<Reply> {
    while (this.frames.length <= this.#read) {
      if (this.socket.readyState >= WebSocket.CLOSING) throw new Error("closed before the next frame");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return JSON.parse(this.frames[this.#read++] as string);
  }

  /**
   * Resolves when the server has handled all that was sent before: a WebSocket pong comes after it, in the order of the
   * stream. Frames that wait for the end of the server's turn may still follow.
   */
  async settled(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      this.socket.ping();
      await once(this.socket, "pong");
    }
  }
}

/** Waits, a turn of the event loop at a time, until something holds. The test's own timeout is the limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
