import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bars, executions, type Message, orders, type ParamsOf, trades, type UpdateOf } from "@trading/topic";
import { onTestFinished } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import {
  createServer,
  defineModule,
  type Principal,
  type ServerOptions,
  type StreamServer,
  serve,
} from "../../src/index.js";
import { RecordingLogger, ScriptedSource } from "../../src/testing/index.js";
import { JumpingClock } from "./session.js";

/** When the clock of {@link startMarket} begins: far from 0, so that a date is no duration by chance. */
export const START = 1_700_000_000_000;

/** Tokens are "subject" or "subject~expiresAt"; anything with "bad" in it is none. */
export function principalOf(token: string): Principal {
  const [subject = "", expiresAt] = token.split("~");
  if (subject.includes("bad")) throw new Error("no such token");
  return { subject, claims: { token }, ...(expiresAt !== undefined && { expiresAt: Number(expiresAt) }) };
}

/** Whether an account is the principal's own. */
export function isOwner(principal: Principal | undefined, _target: unknown, params: unknown): boolean {
  return principal?.subject === (params as { accountId: string }).accountId;
}

/**
 * A server with a route of each kind on an HTTP server of the test's, so that its port stays open while it drains. Time
 * is the test's; accounts belong to the subject of their name. Closed when the test ends.
 */
export async function startMarket(options: Partial<ServerOptions> = {}) {
  const clock = new JumpingClock(START);
  const logger = new RecordingLogger();
  const sources = {
    bars: new ScriptedSource<ParamsOf<typeof bars>, UpdateOf<typeof bars>>(),
    trades: new ScriptedSource<ParamsOf<typeof trades>, UpdateOf<typeof trades>>(),
    orders: new ScriptedSource<ParamsOf<typeof orders>, UpdateOf<typeof orders>>(),
    executions: new ScriptedSource<ParamsOf<typeof executions>, UpdateOf<typeof executions>>(),
  };
  const datafeed = [serve(bars, sources.bars), serve(trades, sources.trades)];
  const broker = [serve(orders, sources.orders), serve(executions, sources.executions)];
  const server = createServer({
    title: "Market",
    version: "1.2.3",
    modules: [
      defineModule({ name: "datafeed", version: "1", routes: datafeed }),
      defineModule({ name: "broker", version: "1", routes: broker }),
    ],
    clock,
    logger,
    authenticate: principalOf,
    authorize: isOwner,
    ...options,
  });
  const http = createHttpServer();
  server.attach(http);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  onTestFinished(async () => {
    await closing(server, clock);
    http.closeAllConnections();
    http.close();
  });
  const base = `ws://127.0.0.1:${(http.address() as AddressInfo).port}${server.path}`;
  return { server, clock, logger, sources, base, session: `${base}?protocol=2` };
}

/** Closes, also where a client does not answer: it is cut once its time is over. */
async function closing(server: StreamServer, clock: JumpingClock): Promise<void> {
  let isClosed = false;
  const closed = server.close().then(() => {
    isClosed = true;
  });
  while (!isClosed) {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
}

/** What a client is told, as tests look at it. */
export interface Told extends Message {
  // biome-ignore lint/suspicious/noExplicitAny: what is in a payload is what the tests find out
  readonly payload: any;
}

/** A client on the network that keeps what it is told. Cut when the test ends. */
export class NetworkClient {
  readonly socket: WebSocket;
  readonly frames: string[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** How often the server asked for a sign of life. */
  pings = 0;
  #read = 0;
  #wake = () => {};

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => {
      this.frames.push(String(data));
      this.#wake();
    });
    socket.on("ping", () => this.pings++);
    socket.on("error", () => {});
    this.closed = new Promise((resolve) =>
      socket.once("close", (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.#wake();
      }),
    );
  }

  /** @throws Error naming the HTTP status of a refusal */
  static async connect(url: string, options: ClientOptions & { protocols?: string[] } = {}): Promise<NetworkClient> {
    const { protocols = [], ...rest } = options;
    const client = new NetworkClient(new WebSocket(url, protocols, rest));
    onTestFinished(() => client.socket.terminate());
    await once(client.socket, "open");
    return client;
  }

  /** Connects, and reads the welcome. */
  static async session(url: string, token?: string): Promise<NetworkClient> {
    const client = await NetworkClient.connect(url, bearer(token));
    await client.next();
    return client;
  }

  get messages(): Told[] {
    return this.frames.map((frame) => JSON.parse(frame));
  }

  /** Types of what it was told, in order. */
  get types(): string[] {
    return this.messages.map(({ type }) => type);
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  send(message: Message | string | Buffer): void {
    this.socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** Sends a request, and reads the next frame. */
  ask(message: Message | string): Promise<Told> {
    this.send(message);
    return this.next();
  }

  login(token: string, id?: string | number): void {
    this.send({ type: "auth.login", payload: { token }, id });
  }

  subscribe(route: string, payload: unknown, more: Pick<Message, "id" | "resume"> = {}): void {
    this.send({ type: `${route}.subscribe`, payload, ...more });
  }

  unsubscribe(route: string, payload: unknown, more: Pick<Message, "id"> = {}): void {
    this.send({ type: `${route}.unsubscribe`, payload, ...more });
  }

  /** The next frame that was not read yet. @throws Error once the connection has ended without one */
  async next(): Promise<Told> {
    while (this.frames.length <= this.#read) {
      if (this.socket.readyState >= WebSocket.CLOSING) throw new Error("closed before the next frame");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return JSON.parse(this.frames[this.#read++] as string);
  }

  /** Passes over frames up to one of a type. */
  async until(type: string): Promise<Told> {
    for (;;) {
      const told = await this.next();
      if (told.type === type) return told;
    }
  }

  /** Resolves when the server has handled all that was sent before, and when what it said to it has come. */
  async settled(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      this.socket.ping();
      await once(this.socket, "pong");
    }
  }
}

/** Types of what a client was told, with the offsets they tell. */
export function positionsOf(
  client: NetworkClient,
  from = 1,
): [kind: string | undefined, offset: unknown, recovered: unknown][] {
  return client.messages
    .slice(from)
    .map(({ type, payload }) => [type.split(".")[1], payload.offset, payload.recovered]);
}

/** How a client says who it is, in a header. */
export function bearer(token: string | undefined): ClientOptions {
  return token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } };
}
