import type { OperationShape, ParamsOf, UpdateOf } from "@trading/topic/shapes";
import { waitUntilIdle } from "@trading/topic/testing";
import type { RouteOf, Routes, SocketConstructor } from "../options.js";
import { type Stop, stopping } from "../stop.js";
import type { AnyRoute } from "../subscriptions/listener.js";
import type { Clock } from "../timers.js";
import { type ClientFrame, MemoryConnection, type Refusal } from "./memory-connection.js";
import { MemoryRun } from "./memory-run.js";
import { memorySockets, type Peer, type SocketCallbacks } from "./memory-socket.js";
import { readFrame } from "./read-frame.js";

export interface MemoryServerOptions<Named extends Routes = Routes> {
  /**
   * The routes to serve, by any names: the client's option `routes` can be reused. Their `keep` defines which updates are
   * retained. @default the last 1,000 of a log, the latest of each key otherwise
   */
  readonly routes: Named;
  /**
   * The protocol to speak: the session extension, with positions; or that of a legacy server, which has no positions, no
   * retention, no `id` and no login, and closes the connection on a frame that it cannot accept.
   * @default "session"
   */
  readonly protocol?: "session" | "legacy";
  /** Returns the user of a token of `auth.login`; null refuses it. @default every token belongs to "user" */
  readonly authenticate?: (token: string) => string | null | Promise<string | null>;
  /** The heartbeat interval in the welcome, in milliseconds: the client pings after half of it. 0 = never. @default 30_000 */
  readonly heartbeatIntervalMs?: number;
  /** The clock for the eviction of finished orders and flat positions. @default a clock that never advances */
  readonly clock?: Pick<Clock, "monotonic">;
}

/** Handles a request. An error refuses it, with the error's `code` (default `internal`), `message` and `retryable`. */
export type OperationHandler<Request, Reply> = (payload: Request) => Reply | Promise<Reply>;

type Request = (connection: MemoryConnection, frame: ClientFrame) => void;

const UNAUTHORIZED: Refusal = { code: "unauthorized", message: "Log in first: this is private" };

/**
 * An in-memory server for an application's tests: pass its `WebSocket` to the client, and publish. It is deterministic and
 * takes no time: each frame takes one microtask.
 *
 * Unlike a real server it never ends a topic, a login or a connection by itself, and has no limits.
 *
 * @typeParam Named the routes that can be given by name
 */
// biome-ignore lint/suspicious/noExplicitAny: a server of any named routes is a `MemoryServer`
export class MemoryServer<const Named extends Routes = any> {
  /** The value for the client's option `WebSocket`. The URL is ignored. */
  readonly WebSocket: SocketConstructor;
  /** The frames that clients have sent, oldest first. */
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
  /** Counts activity, to detect when it has stopped. */
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

  /** The number of connected clients. */
  get connections(): number {
    return this.#connections.size;
  }

  /** The topics that clients are subscribed to, once for each client. */
  get subscriptions(): string[] {
    return [...this.#connections].flatMap(({ topics }) => topics);
  }

  /** Publishes an update to the present and later subscribers of a topic. It is not validated. */
  publish<Route extends Routes[string] | (keyof Named & string)>(
    route: Route,
    params: ParamsOf<RouteOf<Named, Route>>,
    update: UpdateOf<RouteOf<Named, Route>>,
  ): void {
    const found = this.#route(route);
    const run = this.#run(topicOf(found, params), found);
    // A copy, as a network makes one: later changes of the test's object have no effect.
    const copy: unknown = JSON.parse(JSON.stringify(update));
    const offset = run.publish(copy);
    for (const connection of this.#connections) connection.published(run, offset, copy);
    this.#traffic++;
  }

  /** Refuses subscribes of a route until the returned function is called. */
  refuse(
    route: Routes[string] | (keyof Named & string),
    code: string,
    message: string,
    { retryable = false }: { readonly retryable?: boolean } = {},
  ): Stop {
    const { name } = this.#route(route);
    const refusal = { code, message, retryable };
    this.#refusals.set(name, refusal);
    return stopping(() => this.#refusals.get(name) === refusal && this.#refusals.delete(name));
  }

  /** Sets the handler of an operation. @param operation an operation, its shape, or its name */
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
          replyOf(() => handler(payload)),
        );
    });
  }

  /**
   * Ends a topic, as its source can, and discards its updates. Its subscribers are notified (`subscription.ended`; with the
   * legacy protocol, the connection is closed with 1013). A later subscribe finds another epoch, which is a gap.
   */
  end(topic: string, code = "source_ended", { retryable = true }: { readonly retryable?: boolean } = {}): void {
    this.#runs.delete(topic);
    this.#notifyEnded(topic, { code, retryable });
  }

  /**
   * Moves a topic to another server of a cluster, which has its updates: subscribers are notified as by `end`, and a later
   * subscribe continues from their position. For a server that does not have them, use `end` with the same code.
   *
   * @param code `moved`, or `owner_lost` as after a crash
   */
  move(topic: string, code: "moved" | "owner_lost" = "moved"): void {
    this.#notifyEnded(topic, { code, retryable: true });
  }

  #notifyEnded(topic: string, reason: { readonly code: string; readonly retryable: boolean }): void {
    for (const connection of [...this.#connections]) connection.ended(topic, reason);
  }

  /** Cuts every connection, as a network failure does. Clients can reconnect. */
  drop(): void {
    this.close(1006);
  }

  /** Closes every connection with a code of PROTOCOL.md, which decides whether clients reconnect. */
  close(code: number, reason = ""): void {
    for (const connection of [...this.#connections]) this.#remove(connection, () => connection.end(code, reason));
  }

  /** Cuts every connection, and accepts none until `start`. Published updates are retained, as during a network failure. */
  stop(): void {
    this.#isUp = false;
    this.drop();
  }

  /** Accepts connections again. */
  start(): void {
    this.#isUp = true;
  }

  /**
   * Asks clients to reconnect within this time, in milliseconds. The legacy protocol has no message for that: connections
   * are closed with 1012 there.
   */
  drain(reconnectAfterMs: number): void {
    if (!this.#isSession) this.close(1012, "Service restart");
    for (const connection of this.#connections) connection.send("server.draining", { reconnectAfterMs });
  }

  /** Notifies authenticated clients that their token is about to expire. To end the connections, call `close(4202)` later. */
  expireTokens(expiresInMs: number): void {
    for (const connection of this.#connections) {
      if (connection.subject !== undefined) connection.send("auth.expiring", { expiresInMs });
    }
  }

  /** Fulfilled once no frame is under way between the server and its clients. Does not wait for slow handlers. */
  settled(): Promise<void> {
    return waitUntilIdle(() => this.#traffic);
  }

  get #isSession(): boolean {
    return this.#options.protocol === "session";
  }

  #route(named: Routes[string] | (keyof Named & string)): AnyRoute {
    const name = typeof named === "string" ? this.#options.routes[named]?.name : named.name;
    const route = this.#routes.get(name ?? "");
    if (route) return route;
    const missing = typeof named === "string" ? named : named.name;
    throw new Error(`Unknown route "${missing}": add it to the option "routes" (${[...this.#routes.keys()]})`);
  }

  #run(topic: string, route: AnyRoute): MemoryRun {
    const run = this.#runs.get(topic) ?? new MemoryRun(topic, route, `epoch-${++this.#epochs}`, this.#options.clock);
    this.#runs.set(topic, run);
    return run;
  }

  #accept(peer: Peer): SocketCallbacks | undefined {
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
      closed: () => this.#remove(connection, () => connection.closed()),
    };
  }

  #remove(connection: MemoryConnection, close: () => void): void {
    this.#traffic++;
    this.#connections.delete(connection);
    close();
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
      else connection.reject("unknown_type", "Unknown operation type", frame.id);
    } catch (error) {
      // The message of a `TopicError` names the invalid part.
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
    if (typeof token !== "string" || token === "") throw new Error("Invalid auth.login: /token must be a string");
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

async function replyOf(handle: () => unknown): Promise<object> {
  try {
    return ((await handle()) ?? {}) as object;
  } catch (error) {
    const { code = "internal", message = String(error), retryable = false } = error as Partial<Refusal>;
    return { status: "error", message, code, ...(retryable && { retryable }) };
  }
}
