import type { OperationShape, ParamsOf, UpdateOf } from "@trading/topic/shapes";
import { Commands, type RequestOptions } from "./commands.js";
import { Connection, type ConnectionState } from "./connection.js";
import { ClientError } from "./errors.js";
import { Heartbeat } from "./heartbeat.js";
import type { ClientInspection, TapEvent } from "./inspection.js";
import type { AnyListener, AnyRoute, ClientRoute, TopicListener, TopicStatus } from "./listener.js";
import { Listeners } from "./listeners.js";
import { Login } from "./login.js";
import { type ClientOptions, type Routes, resolveOptions, type Settings } from "./options.js";
import type { PageEvent } from "./page-events.js";
import { type Stop, stopping } from "./stop.js";
import { type StreamOptions, streamOf } from "./stream.js";
import { Subscriptions } from "./subscriptions.js";
import { Wire } from "./wire.js";

/** A listener's hold on a topic. */
export interface TopicHandle extends Stop {
  /** The canonical topic, `bars:{"resolution":"1","symbol":"AAPL"}`. */
  readonly topic: string;
  /**
   * Fulfilled when the server confirms the topic; rejected with a `ClientError` when it refuses, does not answer in time
   * or confirms another topic, when the client closes, or when the listener is stopped before. Need not be looked at.
   */
  readonly ready: Promise<void>;
  /** How the topic stands now. */
  readonly status: TopicStatus;
}

/** A listener: a function for updates, or an object that hears of more. */
export type Listener<Update> = NonNullable<TopicListener<Update>["onUpdate"]> | TopicListener<Update>;

/** @typeParam Named the routes that can be given by name */
export interface Client<Named extends Routes = Routes> {
  readonly state: ConnectionState;
  /** Calls the listener on each change of `state`, not for the present one. */
  onState(listener: (state: ConnectionState) => void): Stop;
  /**
   * Connects now, instead of with the first subscription; where an attempt is waited for, makes it at once.
   *
   * @throws ClientError `no_websocket`
   */
  connect(): void;
  /**
   * Wants a topic's updates until the returned function is called; across reconnects.
   *
   * However many listen, the server is asked once. What is already known is handed to the listener before this returns.
   *
   * @param route a route or a shape of `@trading/topic`, or the name of one of the option `routes`; a route with zod also
   * checks the parameters and the updates
   * @throws TopicError where no topic can be built of the parameters, or a whole route's schema refuses them
   * @throws ClientError `no_websocket`
   */
  subscribe<Params extends object, Update>(
    route: ClientRoute<Params, Update>,
    params: NoInfer<Params>,
    listener: Listener<Update>,
  ): TopicHandle;
  subscribe<Name extends keyof Named & string>(
    route: Name,
    params: ParamsOf<Named[Name]>,
    listener: Listener<UpdateOf<Named[Name]>>,
  ): TopicHandle;
  /**
   * A topic's updates, for `for await`. It subscribes when it is first read, and stops when the loop is left.
   *
   * What its reader has not taken yet is kept; of updates with one key, the latest alone.
   *
   * @throws ClientError while it is read: the topic's refusal; `overflow` past `maxBuffered`; `closed`
   */
  stream<Params extends object, Update>(
    route: ClientRoute<Params, Update>,
    params: NoInfer<Params>,
    options?: StreamOptions,
  ): AsyncGenerator<Update, void, void>;
  stream<Name extends keyof Named & string>(
    route: Name,
    params: ParamsOf<Named[Name]>,
    options?: StreamOptions,
  ): AsyncGenerator<UpdateOf<Named[Name]>, void, void>;
  /**
   * Asks for one reply. Sent once and never again: after a lost connection nobody knows whether it was done.
   *
   * @throws ClientError the server's refusal with its code; `offline` where there is no connection and `queue` was not
   * given, or its time has passed; `no_reply`, `connection_lost` where it may have been done; `closed`
   * @throws TopicError where a whole operation's schema refuses the payload or the reply
   */
  request<Request, Reply>(
    operation: OperationShape<Request, Reply>,
    payload: NoInfer<Request>,
    options?: RequestOptions,
  ): Promise<Reply>;
  /** What the client holds and waits for, as plain data. */
  inspect(): ClientInspection;
  /** Calls the listener with what goes over the wire and what is announced; tokens are left out. */
  tap(listener: (event: TapEvent) => void): Stop;
  /** Final: no timer, socket or listener is left, and what awaits a reply is told so. */
  close(): void;
}

/**
 * A client of one server. It connects with the first subscription or request, and reconnects until it is closed. Making
 * one does nothing else, so it may be made while a server renders.
 *
 * @throws ClientError `invalid_option`; `no_websocket` where it is `eager`
 */
export function createClient<const Named extends Routes = Record<never, never>>(
  options: ClientOptions<Named>,
): Client<Named> {
  return new StreamClient(resolveOptions(options), options.routes ?? {});
}

class StreamClient implements Client {
  readonly #settings: Settings;
  readonly #routes: Routes;
  readonly #connection: Connection;
  readonly #subscriptions: Subscriptions;
  readonly #wire: Wire;
  readonly #heartbeat: Heartbeat;
  readonly #login: Login;
  readonly #commands: Commands;
  readonly #stateListeners = new Listeners<ConnectionState>();
  readonly #taps = new Listeners<TapEvent>();
  /** Undefined until the client has something to do. */
  #stopPageEvents: (() => void) | undefined;

  constructor(settings: Settings, routes: Routes) {
    this.#settings = settings;
    this.#routes = routes;
    const report = (error: ClientError) => this.#report(error);
    const isLoggedIn = () => this.#login.isDone;
    this.#subscriptions = new Subscriptions(settings, {
      report,
      isLoggedIn,
      gap: (gap) => this.#tap({ kind: "gap", gap }),
      ask: (verb, subscription) => this.#wire.ask(verb, subscription),
    });
    this.#commands = new Commands(settings, {
      isLoggedIn,
      isOnline: () => this.state.status === "connected",
      send: (...request) => this.#wire.request(...request),
    });
    this.#wire = new Wire(settings, {
      report,
      send: (frame, shown) => {
        this.#connection.send(frame);
        this.#heartbeat.sent();
        this.#tap({ kind: "sent", frame: shown });
      },
      find: (topic) => this.#subscriptions.get(topic),
      fail: (subscription, error) => this.#subscriptions.fail(subscription, error),
      decided: (intervalMs) => {
        const isSession = intervalMs !== undefined;
        if (isSession) this.#heartbeat.start(intervalMs, true);
        this.#login.decided(isSession);
      },
      expiring: () => this.#login.expiring(),
      draining: (hintMs) => this.#connection.drain(hintMs),
      settled: () => this.#trySuspect(),
    });
    this.#login = new Login(settings, {
      report,
      send: (token, answered) => this.#wire.login(token, answered),
      done: () => {
        this.#subscriptions.sendAll();
        this.#commands.flush();
      },
    });
    this.#heartbeat = new Heartbeat(settings.clock, {
      beat: () => {
        if (this.#wire.protocol === "session") this.#wire.ping();
        else {
          const held = [...this.#subscriptions.all()].find(({ isConfirmed }) => isConfirmed);
          if (!held) return false;
          this.#wire.ask("subscribe", held);
        }
        return true;
      },
      dead: (silentMs) => this.#connection.drop(`silent for ${silentMs / 1000} s after a heartbeat`),
    });
    this.#connection = new Connection(settings, {
      opening: () => this.#login.opening(),
      opened: () => {
        this.#heartbeat.start(settings.heartbeatIntervalMs, false);
        this.#login.opened();
        this.#subscriptions.connected();
        this.#commands.flush();
        this.#trySuspect();
      },
      received: (data) => {
        this.#heartbeat.received();
        if (typeof data === "string") this.#tap({ kind: "received", frame: data });
        this.#wire.receive(data);
      },
      rejected: (reason) => this.#subscriptions.rejected(this.#wire.unanswered.subscriptions, reason),
      lost: (code) => this.#lost(code),
      stateChanged: (state) => {
        this.#stateListeners.tell(state, report);
        this.#tap({ kind: "state", state });
        if (state.status === "closed") this.#end();
      },
    });
    if (settings.eager) this.connect();
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  onState(listener: (state: ConnectionState) => void): Stop {
    return stopping(this.#stateListeners.add(listener));
  }

  tap(listener: (event: TapEvent) => void): Stop {
    return stopping(this.#taps.add(listener));
  }

  connect(): void {
    this.#connection.open();
    if (this.state.status !== "closed")
      this.#stopPageEvents ??= this.#settings.pageEvents((event) => this.#page(event));
  }

  subscribe(
    named: AnyRoute | string,
    params: object,
    listener: AnyListener | NonNullable<AnyListener["onUpdate"]>,
  ): TopicHandle {
    const route = this.#route(named);
    const parsed = (route.parseParams?.(params) ?? params) as object;
    const topic = route.buildTopic(parsed as never);
    if (this.#stopPageEvents === undefined) this.connect();
    const entry = typeof listener === "function" ? { onUpdate: listener } : listener;
    const { subscription, ready, stop } = this.#subscriptions.add(route, topic, parsed, entry);
    if (this.state.status === "closed") this.#end();
    const handle = Object.assign(stopping(stop), { topic, ready });
    return Object.defineProperty(handle, "status", { get: () => subscription.status }) as TopicHandle;
  }

  stream<Update>(
    named: AnyRoute | string,
    params: object,
    options: StreamOptions = {},
  ): AsyncGenerator<Update, void, void> {
    const route = this.#route(named);
    return streamOf((listener) => this.subscribe(route, params, listener), route, options);
  }

  async request<Request, Reply>(
    operation: OperationShape<Request, Reply>,
    payload: Request,
    options?: RequestOptions,
  ): Promise<Reply> {
    if (this.state.status === "closed") throw this.#closed();
    if (this.#stopPageEvents === undefined) this.connect();
    return this.#commands.request(operation, payload, options);
  }

  inspect(): ClientInspection {
    return {
      state: this.state,
      protocol: this.#wire.protocol,
      connectionId: this.#wire.connectionId,
      topics: Array.from(this.#subscriptions.all(), (subscription) => subscription.inspect()),
      unanswered: this.#wire.unanswered.size,
      queued: this.#commands.size,
    };
  }

  close(): void {
    if (this.state.status !== "closed") this.#subscriptions.save();
    this.#connection.close("The client was closed");
  }

  #route(named: AnyRoute | string): AnyRoute {
    if (typeof named !== "string") return named;
    const route = Object.hasOwn(this.#routes, named) ? this.#routes[named] : undefined;
    if (!route) throw new ClientError("invalid_option", `No route ${named} among the option routes: name it there`);
    return route as AnyRoute;
  }

  #page(event: PageEvent): void {
    if (event === "hidden") this.#subscriptions.save();
    else if (this.state.status === "connected") this.#heartbeat.probe();
    else if (event !== "offline") this.#connection.open();
  }

  /** What may have closed the last connection is sent while nothing else is under way, so that a close tells whose it is. */
  #trySuspect(): void {
    if (this.#wire.isIdle) this.#subscriptions.tryNext();
  }

  #lost(code?: number): void {
    this.#heartbeat.stop();
    this.#login.lost(code);
    this.#wire.disconnected();
    this.#subscriptions.disconnected();
    this.#commands.disconnected();
  }

  #end(): void {
    this.#stopPageEvents?.();
    this.#heartbeat.stop();
    this.#login.lost();
    this.#wire.disconnected();
    this.#commands.end(this.#closed());
    this.#subscriptions.end(this.#closed());
    this.#stateListeners.clear();
    this.#taps.clear();
  }

  #closed(): ClientError {
    return new ClientError("closed", `${this.state.reason}: create a new client to go on`);
  }

  #tap(event: TapEvent): void {
    this.#taps.tell(event, (error) => console.error(error));
  }

  #report(error: ClientError): void {
    this.#tap({ kind: "error", error });
    try {
      this.#settings.onError(error);
    } catch (failure) {
      console.error(failure);
    }
  }
}
