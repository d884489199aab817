import type { OperationShape, ParamsOf, UpdateOf } from "@trading/topic/shapes";
import type { Clock, Routes, SocketConstructor } from "../options.js";
import { type Stop, stopping } from "../stop.js";
import type { AnyRoute, ClientRoute } from "../subscriptions/listener.js";
import { type ClientFrame, MemoryConnection, type Refusal } from "./memory-connection.js";
import { MemoryRun } from "./memory-run.js";
import { memorySockets, type Peer, type Visit } from "./memory-socket.js";
import { readFrame } from "./read-frame.js";
import { rest } from "./rest.js";

export interface MemoryServerOptions<Named extends Routes = Routes> {
  /**
   * What it serves, by any names: the same object as the client's option `routes` will do. A whole route tells how many
   * updates are kept; of a shape's, the last 1,000 of a log and one of each key.
   */
  readonly routes: Named;
  /**
   * What it speaks: the session extension, with positions; or what a server of the origin does, which numbers and keeps
   * nothing, knows no `id` and no login, and closes the connection on a frame it cannot take.
   * @default "session"
   */
  readonly protocol?: "session" | "origin";
  /** Whom a token of `auth.login` stands for; null refuses it. @default every token stands for "user" */
  readonly authenticate?: (token: string) => string | null | Promise<string | null>;
  /** What the welcome asks for: the client pings after half of it, in milliseconds of its clock. 0 = never. @default 30_000 */
  readonly heartbeatIntervalMs?: number;
  /** When finished orders and flat positions are kept no longer. @default a clock that stands still */
  readonly clock?: Pick<Clock, "monotonic">;
}

/** Answers a request. What it throws refuses it, with the error's `code` (else `internal`), `message` and `retryable`. */
export type OperationHandler<Request, Reply> = (payload: Request) => Reply | Promise<Reply>;

type Request = (connection: MemoryConnection, frame: ClientFrame) => void;

const UNAUTHORIZED: Refusal = { code: "unauthorized", message: "Log in first: this is private" };

/**
 * A server in memory that speaks the protocol by itself, for an application's tests: give its `WebSocket` to the client,
 * and publish. Nothing takes time, and nothing is left to chance: each frame takes one microtask.
 *
 * Unlike a real server it never ends a topic, a login or a connection by itself, and sets no limits.
 *
 * @typeParam Named the routes that can be given by name
 */
export class MemoryServer<const Named extends Routes = Routes> {
  /** For the client's option of the same name; any url will do. */
  readonly WebSocket: SocketConstructor;
  /** What clients have sent so far, oldest first. */
  readonly frames: ClientFrame[] = [];
  readonly #options: Required<MemoryServerOptions<Named>>;
  readonly #routes: ReadonlyMap<string, AnyRoute>;
  readonly #requests = new Map<string, Request>();
  readonly #runs = new Map<string, MemoryRun>();
  readonly #refusals = new Map<string, Refusal>();
  readonly #connections = new Set<MemoryConnection>();
  #isUp = true;
  #epochs = 0;
  #accepted = 0;
  /** Counts what goes on, so that its end can be told. */
  #traffic = 0;

  constructor(options: MemoryServerOptions<Named>) {
    this.#options = {
      protocol: "session",
      authenticate: () => "user",
      heartbeatIntervalMs: 30_000,
      clock: { monotonic: () => 0 },
      ...options,
    };
    this.#routes = new Map(Object.values(options.routes).map((route) => [route.name, route as AnyRoute]));
    for (const route of this.#routes.values()) {
      this.#requests.set(`${route.name}.subscribe`, (connection, frame) => this.#subscribe(route, connection, frame));
      this.#requests.set(`${route.name}.unsubscribe`, (connection, frame) =>
        connection.unsubscribe(frame, topicOf(route, frame.payload)),
      );
    }
    if (this.#isSession) {
      this.#requests.set("ping", (connection, { id }) => connection.send("pong", undefined, id));
      this.#requests.set("auth.login", (connection, frame) => this.#login(connection, frame));
    }
    this.WebSocket = memorySockets((peer) => this.#accept(peer));
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#connections.size;
  }

  /** The topics that clients hold; one that several hold as often. */
  get subscriptions(): string[] {
    return [...this.#connections].flatMap(({ topics }) => topics);
  }

  /** Publishes an update of a topic, to those that hold it and for those that come: as it is, so also one that does not fit. */
  publish<Params extends object, Update>(
    route: ClientRoute<Params, Update>,
    params: NoInfer<Params>,
    update: NoInfer<Update>,
  ): void;
  publish<Name extends keyof Named & string>(
    route: Name,
    params: ParamsOf<Named[Name]>,
    update: UpdateOf<Named[Name]>,
  ): void;
  publish(named: AnyRoute | string, params: object, update: unknown): void {
    const route = this.#route(named);
    const run = this.#run(topicOf(route, params), route);
    // A copy, as the wire makes one: what the test does to the object later changes nothing.
    const copy: unknown = JSON.parse(JSON.stringify(update));
    const offset = run.publish(copy);
    for (const connection of this.#connections) connection.published(run, offset, copy);
    this.#traffic++;
  }

  /** Refuses subscribes of a route until the returned function is called. */
  refuse(
    // biome-ignore lint/suspicious/noExplicitAny: a route of whatever params
    route: ClientRoute<any, any> | (keyof Named & string),
    code: string,
    message: string,
    { retryable = false }: { readonly retryable?: boolean } = {},
  ): Stop {
    const { name } = this.#route(route as AnyRoute | string);
    const refusal = { code, message, retryable };
    this.#refusals.set(name, refusal);
    return stopping(() => this.#refusals.get(name) === refusal && this.#refusals.delete(name));
  }

  /** Answers an operation from now on. @param operation whole, a shape, or its name alone */
  handle<Asked, Reply>(
    operation: OperationShape<Asked, Reply> | string,
    handler: OperationHandler<Asked, Reply>,
  ): void {
    const shape: OperationShape<Asked, Reply> = typeof operation === "string" ? { name: operation } : operation;
    this.#requests.set(shape.name, (connection, frame) => {
      const payload = shape.parseRequest ? shape.parseRequest(frame.payload) : (frame.payload as Asked);
      if (this.#isSession && shape.access === "private" && connection.subject === undefined) {
        connection.refuse(frame, UNAUTHORIZED);
      } else
        connection.replyLater(
          frame,
          answerOf(() => handler(payload)),
        );
    });
  }

  /**
   * A topic's source gives it up, and what it has published is forgotten: who holds it is told (`subscription.ended`; of the
   * origin, closed with 1013), and who comes back later finds another epoch, which is a gap.
   */
  end(topic: string, code = "source_ended", { retryable = true }: { readonly retryable?: boolean } = {}): void {
    this.#runs.delete(topic);
    for (const connection of [...this.#connections]) connection.ended(topic, { code, retryable });
  }

  /** Cuts every connection, as a network does. Clients may come back. */
  drop(): void {
    this.close(1006);
  }

  /** Closes every connection with a code of PROTOCOL.md, which tells clients whether to come back. */
  close(code: number, reason = ""): void {
    for (const connection of [...this.#connections]) this.#leave(connection, () => connection.end(code, reason));
  }

  /** Cuts every connection, and takes none until `start`. What was published stays, as behind a network that is down. */
  stop(): void {
    this.#isUp = false;
    this.drop();
  }

  start(): void {
    this.#isUp = true;
  }

  /**
   * Asks clients to connect elsewhere within so many milliseconds; here, elsewhere is this server again. Clients of the
   * origin cannot be asked, and are closed with 1012.
   */
  drain(reconnectAfterMs: number): void {
    if (!this.#isSession) this.close(1012, "Service restart");
    for (const connection of this.#connections) connection.send("server.draining", { reconnectAfterMs });
  }

  /** Tells those who have logged in that their token runs out soon. Follow with `close(4202)` where that is to happen. */
  expireTokens(expiresInMs: number): void {
    for (const connection of this.#connections) {
      if (connection.subject !== undefined) connection.send("auth.expiring", { expiresInMs });
    }
  }

  /** Fulfilled once nothing is under way between the server and its clients. Handlers that take their time are not waited for. */
  settled(): Promise<void> {
    return rest(() => this.#traffic);
  }

  get #isSession(): boolean {
    return this.#options.protocol === "session";
  }

  #route(named: AnyRoute | string): AnyRoute {
    const name = typeof named === "string" ? this.#options.routes[named]?.name : named.name;
    const route = this.#routes.get(name ?? "");
    if (route) return route;
    const told = typeof named === "string" ? named : named.name;
    throw new Error(`This server has no route ${told}, but ${[...this.#routes.keys()]}: name it among its routes`);
  }

  #run(topic: string, route: AnyRoute): MemoryRun {
    const run = this.#runs.get(topic) ?? new MemoryRun(topic, route, `epoch-${++this.#epochs}`, this.#options.clock);
    this.#runs.set(topic, run);
    return run;
  }

  #accept(peer: Peer): Visit | undefined {
    this.#traffic++;
    if (!this.#isUp) return undefined;
    const connection = new MemoryConnection(`connection-${++this.#accepted}`, this.#isSession, peer);
    this.#connections.add(connection);
    if (this.#isSession) {
      connection.send("session.welcome", {
        connectionId: connection.id,
        protocol: 2,
        heartbeatIntervalMs: this.#options.heartbeatIntervalMs,
        maxConnectionLifespanMs: 3_600_000,
        serverTime: 0,
        server: "MemoryServer",
      });
    }
    return {
      received: (text) => this.#received(connection, text),
      left: () => this.#leave(connection, () => connection.left()),
    };
  }

  #leave(connection: MemoryConnection, leave: () => void): void {
    this.#traffic++;
    this.#connections.delete(connection);
    leave();
  }

  #received(connection: MemoryConnection, text: string): void {
    this.#traffic++;
    if (!this.#connections.has(connection)) return;
    let frame: ClientFrame | undefined;
    try {
      frame = readFrame(text);
      this.frames.push(frame);
      const request = this.#requests.get(frame.type);
      if (request) request(connection, frame);
      else connection.reject("unknown_type", "There is no operation of this type here", frame.id);
    } catch (error) {
      // What is not of its schema: a `TopicError` says where.
      connection.reject("invalid_message", (error as Error).message, frame?.id);
    }
  }

  #subscribe(route: AnyRoute, connection: MemoryConnection, frame: ClientFrame): void {
    const topic = topicOf(route, frame.payload);
    const isLocked = this.#isSession && route.access === "private" && connection.subject === undefined;
    const refusal = isLocked ? UNAUTHORIZED : this.#refusals.get(route.name);
    if (refusal) {
      connection.release(topic);
      connection.refuse(frame, refusal, topic);
    } else connection.subscribe(frame, this.#run(topic, route));
  }

  #login(connection: MemoryConnection, frame: ClientFrame): void {
    const { token } = (frame.payload ?? {}) as { readonly token?: unknown };
    if (typeof token !== "string" || token === "") throw new Error("Invalid auth.login: /token must be a text");
    connection.login(frame, async () => {
      try {
        return await this.#options.authenticate(token);
      } catch {
        return null;
      }
    });
  }
}

/** @throws TopicError */
function topicOf(route: AnyRoute, params: unknown): string {
  return route.buildTopic(route.parseParams ? route.parseParams(params) : (params as never));
}

async function answerOf(answer: () => unknown): Promise<object> {
  try {
    return ((await answer()) ?? {}) as object;
  } catch (error) {
    const { code = "internal", message = String(error), retryable = false } = error as Partial<Refusal>;
    return { status: "error", message, code, ...(retryable && { retryable }) };
  }
}
