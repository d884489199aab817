import type { OperationShape, ParamsOf, UpdateOf } from "@trading/topic/shapes";
import { Login } from "./auth/login.js";
import { Connection, type ConnectionState } from "./connection/connection.js";
import { Heartbeat } from "./connection/heartbeat.js";
import type { PageEvent } from "./connection/page-events.js";
import type { Core } from "./core.js";
import { ClientError } from "./errors.js";
import type { ClientInspection, TapEvent } from "./inspection.js";
import { type ClientOptions, type Routes, resolveOptions, type Settings } from "./options.js";
import { Wire } from "./protocol/protocol-handler.js";
import { Commands, type RequestOptions } from "./requests/commands.js";
import { type Stop, stopping } from "./stop.js";
import type {
  AnyListener,
  AnyRoute,
  ClientRoute,
  Resume,
  TopicListener,
  TopicStatus,
} from "./subscriptions/listener.js";
import { type StreamOptions, streamOf } from "./subscriptions/stream.js";
import { Subscriptions } from "./subscriptions/subscriptions.js";

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
   * Calls the listener with the outcome of each resume: a topic that was subscribed from its last position, after a lost
   * connection or a reload. Topics without a position are not resumed: those of a server without positions, and those that
   * the server had not confirmed yet.
   */
  onResume(listener: (resume: Resume) => void): Stop;
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
  return new StreamClient(resolveOptions(options));
}

/** Its public members beyond `Client` are for its parts, which know it as `Core`. */
class StreamClient implements Client, Core {
  readonly settings: Settings;
  readonly connection: Connection;
  readonly heartbeat: Heartbeat = new Heartbeat(this);
  readonly wire: Wire;
  readonly login: Login;
  readonly subscriptions: Subscriptions = new Subscriptions(this);
  readonly commands: Commands = new Commands(this);
  readonly #taps = new Set<{ readonly listener: (event: TapEvent) => void }>();
  /** Undefined until the client has something to do. */
  #stopPageEvents: (() => void) | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
    this.wire = new Wire(this);
    this.login = new Login(this);
    this.connection = new Connection(this, {
      opened: () => {
        this.heartbeat.start(settings.heartbeatIntervalMs, false);
        this.login.opened();
        this.subscriptions.connected();
        this.commands.flush();
        this.subscriptions.tryNext();
      },
      received: (data) => {
        this.heartbeat.received();
        if (typeof data === "string") this.tell({ kind: "received", frame: data });
        this.wire.receive(data);
      },
      rejected: (reason) => this.subscriptions.rejected(reason),
      lost: (code) => {
        this.heartbeat.stop();
        this.login.lost(code);
        this.wire.disconnected();
        this.subscriptions.disconnected();
        this.commands.disconnected();
      },
      stateChanged: (state) => {
        this.tell({ kind: "state", state });
        if (state.status === "closed") this.#end();
      },
    });
    if (settings.eager) this.connect();
  }

  get state(): ConnectionState {
    return this.connection.state;
  }

  onState(listener: (state: ConnectionState) => void): Stop {
    return this.tap((event) => event.kind === "state" && listener(event.state));
  }

  onResume(listener: (resume: Resume) => void): Stop {
    return this.tap((event) => event.kind === "resume" && listener(event.resume));
  }

  tap(listener: (event: TapEvent) => void): Stop {
    // An entry of its own, so that a function given twice is called twice and stopped one by one.
    const tap = { listener };
    this.#taps.add(tap);
    return stopping(() => this.#taps.delete(tap));
  }

  connect(): void {
    this.connection.open();
    if (this.state.status !== "closed") this.#stopPageEvents ??= this.settings.pageEvents((event) => this.#page(event));
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
    const { subscription, ready, stop } = this.subscriptions.add(route, topic, parsed, entry);
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
    return this.commands.request(operation, payload, options);
  }

  inspect(): ClientInspection {
    return {
      state: this.state,
      protocol: this.wire.protocol,
      connectionId: this.wire.connectionId,
      topics: this.subscriptions.all().map((subscription) => subscription.inspect()),
      unanswered: this.wire.requests.size,
      queued: this.commands.size,
    };
  }

  close(): void {
    if (this.state.status !== "closed") this.subscriptions.save();
    this.connection.close("The client was closed");
  }

  tell(event: TapEvent): void {
    for (const { listener } of [...this.#taps]) {
      try {
        listener(event);
      } catch (cause) {
        // An error about an error would come back here.
        if (event.kind === "error") console.error(cause);
        else this.report(failure("listener_failed", "A listener of the client", cause));
      }
    }
  }

  report(error: ClientError): void {
    this.tell({ kind: "error", error });
    try {
      this.settings.onError(error);
    } catch (cause) {
      console.error(cause);
    }
  }

  guard(code: ClientError["code"], what: string, call: () => void, topic?: string): void {
    try {
      call();
    } catch (cause) {
      this.report(failure(code, what, cause, topic));
    }
  }

  #route(named: AnyRoute | string): AnyRoute {
    if (typeof named !== "string") return named;
    const { routes = {} } = this.settings;
    const route = Object.hasOwn(routes, named) ? routes[named] : undefined;
    if (!route) throw new ClientError("invalid_option", `No route ${named} among the option routes: name it there`);
    return route as AnyRoute;
  }

  #page(event: PageEvent): void {
    if (event === "hidden") this.subscriptions.save();
    else if (this.state.status === "connected") this.heartbeat.probe();
    else if (event !== "offline") this.connection.open();
  }

  #end(): void {
    this.#stopPageEvents?.();
    this.heartbeat.stop();
    this.login.lost();
    this.wire.disconnected();
    this.commands.end(this.#closed());
    this.subscriptions.end(this.#closed());
    this.#taps.clear();
  }

  #closed(): ClientError {
    return new ClientError("closed", `${this.state.reason}: create a new client to go on`);
  }
}

function failure(code: ClientError["code"], what: string, cause: unknown, topic?: string): ClientError {
  return new ClientError(code, `${what} threw: ${cause}`, { cause, ...(topic && { topic }) });
}
