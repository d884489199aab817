import type { Frame } from "../peer.js";
import { WireFailure } from "../scenario.js";
import type { ScriptedConnection, ScriptedServer } from "../scripted-server.js";
import { barsOf, type TestTopic } from "../server/topics.js";
import type { ClientEvent, ClientProcess } from "./client-process.js";

/** The settings of a client for one scenario, in milliseconds. A client that has no such setting ignores it. */
export interface ClientSettings {
  readonly backoffInitialMs?: number;
  readonly backoffMaxMs?: number;
  /** The heartbeat interval with a server that does not announce one. */
  readonly heartbeatIntervalMs?: number;
}

/** The position of a reply that starts a subscription. */
export const START = { epoch: "e1", retention: "keyed", offset: 0, snapshot: true } as const;

const SETTINGS: ClientSettings = { backoffInitialMs: 10, backoffMaxMs: 10_000 };

/** Everything that a scenario uses: the client's process, and a server that the scenario scripts. */
export class ClientContext {
  readonly server: ScriptedServer;
  readonly timeoutMs: number;
  readonly #process: ClientProcess;
  #names = 0;
  #connectionIds = 0;

  constructor(process: ClientProcess, server: ScriptedServer, timeoutMs: number) {
    this.#process = process;
    this.server = server;
    this.timeoutMs = timeoutMs;
  }

  name(): string {
    return `S${++this.#names}`;
  }

  /** Creates a client, and returns its first connection. */
  async connect(settings: ClientSettings = {}, login = false): Promise<ScriptedConnection> {
    this.send({ type: "connect", url: this.server.url, settings: { ...SETTINGS, ...settings }, login });
    return this.server.accept();
  }

  /** Creates a client that requests compact updates, and returns its first connection. */
  async connectCompact(): Promise<ScriptedConnection> {
    this.send({ type: "connect", url: this.server.url, settings: SETTINGS, login: false, compact: true });
    return this.server.accept();
  }

  /** Creates a client, and makes its first connection a session. */
  async session(settings: ClientSettings = {}, heartbeatIntervalMs = 30_000): Promise<ScriptedConnection> {
    const connection = await this.connect(settings);
    this.welcome(connection, heartbeatIntervalMs);
    return connection;
  }

  /** Waits for the next connection, and makes it a session. */
  async nextSession(): Promise<ScriptedConnection> {
    const connection = await this.server.accept();
    this.welcome(connection);
    return connection;
  }

  welcome(connection: ScriptedConnection, heartbeatIntervalMs = 30_000, more: object = {}): void {
    const times = { heartbeatIntervalMs, maxConnectionLifespanMs: 3_600_000, serverTime: Date.now() };
    const payload = {
      connectionId: `c${++this.#connectionIds}`,
      protocol: 2,
      ...times,
      server: "scripted/1.0.0",
      ...more,
    };
    connection.send({ type: "session.welcome", payload });
  }

  /** Sends a line to the client. */
  send(message: { readonly type: string; readonly [key: string]: unknown }): void {
    this.#process.send(message);
  }

  /** Reads the client's next event, which must match. */
  event(pattern: { readonly type: string; readonly [key: string]: unknown }): Promise<ClientEvent> {
    return this.#process.expect(pattern, this.timeoutMs);
  }

  listen(listener: number, { route, params }: TestTopic): void {
    this.send({ type: "subscribe", listener, route, params });
  }

  stop(listener: number): void {
    this.send({ type: "unsubscribe", listener });
  }

  /** Reads a subscribe request of a topic. */
  requested(connection: ScriptedConnection, { route, params }: TestTopic, more: object = {}): Promise<Frame> {
    return connection.expect({ type: `${route}.subscribe`, payload: params, ...more });
  }

  /** Reads a subscribe request of a topic, and confirms it. */
  async confirm(connection: ScriptedConnection, target: TestTopic, position: object = START, more: object = {}) {
    const request = await this.requested(connection, target, more);
    connection.reply(request, { status: "ok", message: "Subscribed", topic: target.topic, ...position });
    return request;
  }

  /** Subscribes a listener, and confirms the request. */
  async subscribed(connection: ScriptedConnection, listener: number, target: TestTopic, position: object = START) {
    this.listen(listener, target);
    return this.confirm(connection, target, position);
  }

  /** Sends an update. Without an offset it is that of a legacy server. */
  update(connection: ScriptedConnection, { route, topic }: TestTopic, update: object, offset?: number): void {
    connection.send({
      type: `${route}.update`,
      payload: { topic, ...(offset !== undefined && { offset }), payload: update },
    });
  }

  current(connection: ScriptedConnection, { topic }: TestTopic, offset: number, epoch = "e1"): void {
    connection.send({ type: "subscription.current", payload: { topic, epoch, offset } });
  }

  /** Reads the update of a listener. */
  updated(listener: number, update: object): Promise<ClientEvent> {
    return this.event({ type: "update", listener, update });
  }

  /** Reads the update of a listener, before which the client must not report a gap. */
  updatedWithoutGap(listener: number, update: object): Promise<ClientEvent> {
    return this.#process.expect({ type: "update", listener, update }, this.timeoutMs, true);
  }

  /**
   * Subscribes to another topic, whose request must be the client's next frame. This shows that the client sends nothing else
   * without waiting for a time.
   */
  async settle(connection: ScriptedConnection): Promise<void> {
    const marker = barsOf(this.name(), "D");
    const listener = 1_000 + this.#names;
    this.listen(listener, marker);
    await this.confirm(connection, marker);
  }

  /** Checks that the client will not connect again, and has not. */
  async staysClosed(): Promise<void> {
    await this.event({ type: "state", state: "closed" });
    this.send({ type: "close" });
    await this.event({ type: "closed" });
    if (this.server.unexpected > 0) throw new WireFailure("no connection", "another connection");
  }
}
