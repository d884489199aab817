/// <reference lib="esnext.disposable" preserve="true" />
import { Connection, type ConnectionState } from "./connection.js";
import { ClientError } from "./errors.js";
import { Heartbeat } from "./heartbeat.js";
import { type ClientOptions, resolveOptions } from "./options.js";
import type { AnyListener, AnyRoute, ClientRoute, TopicListener } from "./subscription.js";
import { type Ask, Subscriptions } from "./subscriptions.js";
import { Wire } from "./wire.js";

/** Ends what it was returned for. Calling it again does nothing; `using` calls it at the end of the block. */
export interface Stop extends Disposable {
  (): void;
}

/** A listener's hold on a topic. */
export interface TopicHandle extends Stop {
  /** The canonical topic, `bars:{"resolution":"1","symbol":"AAPL"}`. */
  readonly topic: string;
  /**
   * Fulfilled when the server confirms the topic; rejected with a `ClientError` when it refuses, does not answer in time
   * or confirms another topic, when the client closes, or when the listener is stopped before. Need not be looked at.
   */
  readonly ready: Promise<void>;
}

export interface Client {
  readonly state: ConnectionState;
  /** Calls the listener on each change of `state`, not for the present one. */
  onState(listener: (state: ConnectionState) => void): Stop;
  /**
   * Wants a topic's updates until the returned function is called; across reconnects.
   *
   * However many listen, the server is asked once. What is already known is handed to the listener before this returns.
   *
   * @param route a route or a shape of `@trading/topic`; a route with zod also checks the parameters and every update
   * @throws TopicError where no topic can be built of the parameters, or a whole route's schema refuses them
   */
  subscribe<Params extends object, Update>(
    route: ClientRoute<Params, Update>,
    params: NoInfer<Params>,
    listener: ((update: Update) => void) | TopicListener<Update>,
  ): TopicHandle;
  /** Final: no timer, socket or listener is left, and what awaits a reply is told so. */
  close(): void;
}

/**
 * A client of one server. It connects at once, and reconnects until it is closed.
 *
 * @throws ClientError `no_websocket` or `invalid_option`
 */
export function createClient(options: ClientOptions): Client {
  return new StreamClient(options);
}

class StreamClient implements Client {
  readonly #connection: Connection;
  readonly #subscriptions: Subscriptions;
  readonly #wire: Wire;
  readonly #heartbeat: Heartbeat;
  readonly #onError: (error: ClientError) => void;
  readonly #stateListeners = new Set<{ tell(state: ConnectionState): void }>();

  constructor(options: ClientOptions) {
    const settings = resolveOptions(options);
    this.#onError = settings.onError;
    const report = (error: ClientError) => this.#report(error);
    const ask: Ask = (verb, subscription) => {
      this.#wire.ask(verb, subscription);
      this.#heartbeat.sent();
    };
    this.#subscriptions = new Subscriptions(ask, report);
    this.#wire = new Wire(settings, {
      send: (text) => this.#connection.send(text),
      find: (topic) => this.#subscriptions.get(topic),
      report,
      settled: () => this.#trySuspect(),
    });
    this.#heartbeat = new Heartbeat(settings.clock, settings.heartbeatIntervalMs, {
      beat: () => {
        const held = this.#subscriptions.firstLive();
        if (held !== undefined) ask("subscribe", held);
        return held !== undefined;
      },
      dead: (silentMs) => this.#connection.drop(`silent for ${silentMs / 1000} s after a heartbeat`),
    });
    this.#connection = new Connection(settings, {
      opened: () => {
        this.#heartbeat.start();
        this.#subscriptions.connected();
        this.#trySuspect();
      },
      received: (data) => {
        this.#heartbeat.received();
        this.#wire.receive(data);
      },
      rejected: (reason) => this.#subscriptions.rejected(this.#wire.unanswered, reason),
      lost: () => {
        this.#heartbeat.stop();
        this.#wire.disconnected();
        this.#subscriptions.disconnected();
      },
      stateChanged: (state) => this.#stateChanged(state),
    });
    this.#connection.open();
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  onState(listener: (state: ConnectionState) => void): Stop {
    // An entry of its own, so that a function given twice is called twice and stopped one by one.
    const entry = { tell: listener };
    this.#stateListeners.add(entry);
    return stopping(() => this.#stateListeners.delete(entry));
  }

  subscribe<Params extends object, Update>(
    route: ClientRoute<Params, Update>,
    params: NoInfer<Params>,
    listener: ((update: Update) => void) | TopicListener<Update>,
  ): TopicHandle {
    const parsed = route.parseParams?.(params) ?? params;
    const topic = route.buildTopic(parsed);
    // From here on a topic's types are its route's business: what is built of `route` reaches its listeners only.
    const { ready, stop } = this.#subscriptions.add(
      route as AnyRoute,
      topic,
      parsed,
      (typeof listener === "function" ? { onUpdate: listener } : listener) as AnyListener,
    );
    if (this.state.status === "closed") this.#end();
    return Object.assign(stopping(stop), { topic, ready });
  }

  close(): void {
    this.#connection.close("The client was closed");
  }

  #stateChanged(state: ConnectionState): void {
    for (const entry of [...this.#stateListeners]) {
      try {
        entry.tell(state);
      } catch (cause) {
        this.#report(new ClientError("listener_failed", `A listener of the state threw on it: ${cause}`, { cause }));
      }
    }
    if (state.status === "closed") this.#end();
  }

  /** What may have closed the last connection is sent while nothing else is under way, so that a close tells whose it is. */
  #trySuspect(): void {
    if (this.#wire.idle) this.#subscriptions.tryNext();
  }

  #end(): void {
    this.#heartbeat.stop();
    this.#wire.disconnected();
    this.#stateListeners.clear();
    this.#subscriptions.end(new ClientError("closed", `${this.state.reason}: create a new client to go on`));
  }

  #report(error: ClientError): void {
    try {
      this.#onError(error);
    } catch (failure) {
      console.error(failure);
    }
  }
}

function stopping(stop: () => void): Stop {
  // Where the platform lacks the symbol, `using` is compiled to look for this one.
  const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
  const call = () => stop();
  return Object.assign(call, { [dispose]: call });
}
