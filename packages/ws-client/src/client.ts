import type { OperationShape, ParamsOf, UpdateOf } from "@trading/topic/shapes";
import { Login } from "./auth/login.js";
import { Connection, type ConnectionState } from "./connection/connection.js";
import { Heartbeat } from "./connection/heartbeat.js";
import { IdleTimer } from "./connection/idle-timer.js";
import type { PageEvent } from "./connection/page-events.js";
import { ClientError } from "./errors.js";
import type { ClientInspection, TapEvent } from "./inspection.js";
import type { NoInfer } from "./no-infer.js";
import { type ClientOptions, type RouteOf, type Routes, resolveOptions, type Settings } from "./options.js";
import { ProtocolHandler } from "./protocol/protocol-handler.js";
import { Reporter } from "./reporter.js";
import { ApplicationRequests, type RequestOptions } from "./requests/application-requests.js";
import { type Stop, stopping } from "./stop.js";
import type { AnyListener, AnyRoute, Resume, TopicListener, TopicStatus } from "./subscriptions/listener.js";
import { type StreamOptions, streamOf } from "./subscriptions/stream.js";
import { Subscriptions } from "./subscriptions/subscriptions.js";
import { text } from "./text.js";

/** A listener's subscription to a topic. Calling it ends the subscription. */
export interface TopicHandle extends Stop {
  /** The canonical topic, `bars:{"resolution":"1","symbol":"AAPL"}`. */
  readonly topic: string;
  /**
   * Fulfilled when the server confirms the topic. Rejected with a `ClientError` if the server refuses, does not reply in time
   * or confirms another topic, if the client closes, or if the listener is stopped before. Handling it is optional.
   */
  readonly ready: Promise<void>;
  /** The topic's present status. */
  readonly status: TopicStatus;
}

/** A function for updates, or an object with further callbacks. */
export type Listener<Update> = NonNullable<TopicListener<Update>["onUpdate"]> | TopicListener<Update>;

/** @typeParam Named the routes that can be given by name */
// biome-ignore lint/suspicious/noExplicitAny: a client with any named routes is a `Client`
export interface Client<Named extends Routes = any> {
  readonly state: ConnectionState;
  /** Calls the listener on each change of `state`, not for the present one. */
  onState(listener: (state: ConnectionState) => void): Stop;
  /**
   * Calls the listener with the outcome of each resume: a topic that was subscribed from its last position, after a lost
   * connection or a reload. Topics without a position are not resumed: those of a server without positions, and those that
   * the server had not confirmed yet.
   */
  onResume(listener: (resume: Resume) => void): Stop;
  /**
   * Connects now, instead of with the next subscription or after the present backoff, and stays connected without one until
   * `disconnect()`.
   *
   * @throws ClientError `no_websocket`; `invalid_option` if the URL cannot be resolved
   */
  connect(): void;
  /**
   * Disconnects until the next subscription, request or `connect()`. Topics keep their listeners and their positions, and
   * continue from there.
   */
  disconnect(): void;
  /**
   * Calls `getToken` with the reason `login`, and logs in. Call it after the user has signed in: public topics go on, and
   * private ones that were refused are sent. If the token has another user than before, it works as `logout()` and a login.
   *
   * Without the option `getToken`, or with a legacy server, it reconnects: the handshake identifies the user, for instance
   * by a cookie.
   */
  login(): void;
  /**
   * Continues as a visitor: drops the data of private topics, calls their `onReset`, fails the private requests that were not
   * sent, and reconnects without a token. Public topics go on from their positions. `getToken` is called again after
   * `login()`.
   */
  logout(): void;
  /**
   * Subscribes to a topic until the returned function is called, across reconnects.
   *
   * All listeners of a topic share one subscription on the server. The listener receives the known updates before this
   * returns.
   *
   * @param route a route or a shape of `@trading/topic`, or the name of one in the option `routes`. A route with zod also
   * validates the parameters and the updates
   * @throws TopicError if no topic can be built from the parameters, or the schema of a whole route refuses them
   * @throws ClientError `no_websocket`
   */
  subscribe<Route extends Routes[string] | (keyof Named & string)>(
    route: Route,
    params: ParamsOf<RouteOf<Named, Route>>,
    listener: Listener<UpdateOf<RouteOf<Named, Route>>>,
  ): TopicHandle;
  /**
   * Returns a topic's updates for `for await`. The first read subscribes; leaving the loop ends the subscription.
   *
   * Unread updates are buffered; for each key, only the latest one.
   *
   * @throws ClientError from a read: the topic's refusal; `overflow` above `maxBuffered`; `closed`
   */
  stream<Route extends Routes[string] | (keyof Named & string)>(
    route: Route,
    params: ParamsOf<RouteOf<Named, Route>>,
    options?: StreamOptions,
  ): AsyncGenerator<UpdateOf<RouteOf<Named, Route>>, void, void>;
  /**
   * Sends a request, and returns its reply. It is sent once and never repeated: after a lost connection it is unknown whether
   * the server executed it.
   *
   * @throws ClientError the server's refusal with its code; `offline` without a connection if `queue` is missing or its time
   * has passed; `no_reply` or `connection_lost` if the server may have executed it; `closed`
   * @throws TopicError if the schema of a whole operation refuses the payload or the reply
   */
  request<Request, Reply>(
    operation: OperationShape<Request, Reply>,
    payload: NoInfer<Request>,
    options?: RequestOptions,
  ): Promise<Reply>;
  /** Returns the client's state as plain data. */
  inspect(): ClientInspection;
  /** Calls the listener with every frame, state, resume, gap and error, and when the user changes. Tokens are left out. */
  tap(listener: (event: TapEvent) => void): Stop;
  /** Closes the client for good: removes every timer, socket and listener, and rejects what waits for a reply. */
  close(): void;
}

/**
 * Creates a client of one server. It connects with the first subscription or request, and reconnects until it is closed.
 * Creating it has no side effects, so it can be created during server rendering.
 *
 * @throws ClientError `invalid_option`; `no_websocket` with the option `eager`
 */
export function createClient<const Named extends Routes = Record<never, never>>(
  options: ClientOptions<Named>,
): Client<Named> {
  // Neither plain nor extensible: the proxies of Vue, MobX and Immer leave such an object as it is, instead of copying it.
  return Object.preventExtensions(Object.setPrototypeOf(assemble(resolveOptions(options)), {}));
}

/** Wires the parts of a client together. No part knows another one: each has an interface for what it uses, or callbacks. */
function assemble(settings: Settings): Client {
  const reporter = new Reporter(settings);
  const connection = new Connection(settings, {
    opening: () => login.opening(),
    opened() {
      heartbeat.start(settings.heartbeatIntervalMs, false);
      login.opened();
      sendWaiting();
    },
    messageReceived(data) {
      heartbeat.messageReceived();
      for (const frame of protocol.framesOf(data)) {
        if (typeof frame === "string") reporter.emit({ kind: "received", frame });
        protocol.receive(frame);
        // A listener has closed the connection: the other frames belong to subscriptions that have ended.
        if (!protocol.protocol) break;
      }
    },
    frameRejected: (reason): boolean => subscriptions.frameRejected(reason),
    isServed: () =>
      protocol.protocol !== undefined && (subscriptions.size === 0 || subscriptions.confirmed() !== undefined),
    lost(code) {
      heartbeat.stop();
      login.lost(code);
      protocol.lost();
      subscriptions.lost();
      requests.lost();
    },
    stateChanged(state) {
      reporter.emit({ kind: "state", state });
      if (state.status === "closed") end();
      else idle.update();
    },
  });
  const heartbeat = new Heartbeat(settings.clock, {
    beat(isSession) {
      if (!isSession) return subscriptions.repeatSubscribe();
      protocol.ping();
      return true;
    },
    drop: (reason) => connection.drop(reason),
  });
  const write = (frame: string) => {
    connection.send(frame);
    heartbeat.frameSent();
  };
  const protocol = new ProtocolHandler(settings, reporter, write, {
    detected(isSession, heartbeatIntervalMs) {
      if (isSession) heartbeat.start(heartbeatIntervalMs, true);
      login.detected(isSession);
    },
    tokenExpiring: () => login.tokenExpiring(),
    serverDraining: (reconnectAfterMs) => connection.drain(reconnectAfterMs),
    updateReceived: (message) => subscriptions.get(message.topic)?.receive(message),
    stateCompleted: (topic, position) => subscriptions.get(topic)?.stateCompleted(position),
    topicEnded: (topic, error) => subscriptions.get(topic)?.topicEnded(error),
  });
  const login = new Login(settings, reporter, {
    send: (token, replied) => protocol.login(token, replied),
    loginFinished(isLoggedIn) {
      if (isLoggedIn) subscriptions.loggedIn();
      sendWaiting();
    },
    userChanged(user) {
      subscriptions.userChanged(user);
      requests.userChanged();
      reporter.emit({ kind: "reset" });
    },
    reconnectNow: (reason, isPaced) => connection.reconnectNow(reason, isPaced),
  });
  const canSend = (isPrivate: boolean): boolean =>
    connection.state.status === "connected" && (!isPrivate || /* mutant: allows-private */ login.allowsPrivate);
  const subscriptions = new Subscriptions(settings, reporter, protocol, {
    canSend,
    user: () => login.user,
    removed: () => idle.update(),
  });
  const requests = new ApplicationRequests(settings, protocol, canSend);
  const isIdle = () =>
    !isKept && !subscriptions.size && !requests.unsettled && /^connect/.test(connection.state.status);
  const idle = new IdleTimer(settings, isIdle, () =>
    connection.disconnect("Idle: connects with the next subscription"),
  );
  /** Undefined until the first connect. */
  let stopPageEvents: (() => void) | undefined;
  /** Whether the application wants a connection even without a topic. */
  let isKept = false;

  /** Sends what was waiting for the connection or the login. Suspects are last, since one of them may end the connection. */
  function sendWaiting(): void {
    subscriptions.sendAll();
    requests.sendAll();
    subscriptions.sendNextSuspect();
  }

  function pageChanged(event: PageEvent): void {
    if (event === "hidden") subscriptions.save();
    else if (connection.state.status === "connected") heartbeat.probe();
    else if (event !== "offline") connection.retry(event === "online");
  }

  function open(): void {
    connection.open();
    if (connection.state.status !== "closed") stopPageEvents ??= settings.pageEvents(pageChanged);
  }

  /** Connects, if nothing has needed a connection until now. */
  function wake(): void {
    if (connection.state.status === "disconnected") open();
  }

  function end(): void {
    stopPageEvents?.();
    idle.stop();
    // mutant: stop-heartbeat
    heartbeat.stop();
    login.lost();
    protocol.lost();
    requests.end(closedError());
    subscriptions.end(closedError());
    reporter.clear();
  }

  function closedError(): ClientError {
    return new ClientError("closed", text`${connection.state.reason}: create a new client to continue`);
  }

  function routeOf(route: AnyRoute | string): AnyRoute {
    if (typeof route !== "string") return route;
    const named = settings.routes?.[route];
    // Members of `Object.prototype`, such as `toString`, are not routes.
    if (!named?.buildTopic)
      throw new ClientError("invalid_option", text`Unknown route "${route}": add it to the option "routes"`);
    return named as AnyRoute;
  }

  const client = {
    get state() {
      return connection.state;
    },
    onState: (listener: (state: ConnectionState) => void) =>
      reporter.tap((event) => event.kind === "state" && listener(event.state)),
    onResume: (listener: (resume: Resume) => void) =>
      reporter.tap((event) => event.kind === "resume" && listener(event.resume)),
    tap: (listener: (event: TapEvent) => void) => reporter.tap(listener),

    connect() {
      isKept = true;
      open();
    },

    disconnect() {
      isKept = false;
      connection.disconnect("Disconnected: connects with the next subscription");
    },

    login: () => login.login(),
    logout: () => login.logout(),

    subscribe(
      named: AnyRoute | string,
      params: unknown,
      listener: AnyListener | NonNullable<AnyListener["onUpdate"]>,
    ): TopicHandle {
      const route = routeOf(named);
      const parsed = (route.parseParams?.(params) ?? params) as object;
      const topic = route.buildTopic(parsed as never);
      wake();
      const callbacks = typeof listener === "function" ? { onUpdate: listener } : listener;
      const { subscription, ready, stop } = subscriptions.add(route, topic, parsed, callbacks);
      idle.update();
      if (connection.state.status === "closed") end();
      const handle = Object.assign(stopping(stop), { topic, ready });
      return Object.defineProperty(handle, "status", { get: () => subscription.status }) as TopicHandle;
    },

    stream<Update>(named: AnyRoute | string, params: unknown, options: StreamOptions = {}) {
      const route = routeOf(named);
      return streamOf<Update>((listener) => client.subscribe(route, params, listener), route, options);
    },

    async request<Request, Reply>(
      operation: OperationShape<Request, Reply>,
      payload: Request,
      options?: RequestOptions,
    ): Promise<Reply> {
      if (connection.state.status === "closed") throw closedError();
      wake();
      const reply = requests.request(operation, payload, options);
      idle.update();
      return reply.finally(() => idle.update());
    },

    inspect: (): ClientInspection => ({
      state: connection.state,
      protocol: protocol.protocol,
      connectionId: protocol.connectionId,
      topics: subscriptions.all().map((subscription) => subscription.inspect()),
      unanswered: protocol.requests.size,
      queued: requests.size,
    }),

    close() {
      if (connection.state.status !== "closed") subscriptions.save();
      connection.close("The client was closed");
    },
  };
  if (settings.eager) client.connect();
  return client;
}
