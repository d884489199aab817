import type { Control, StartSettings } from "../control.js";
import { type Frame, Peer, type PeerOptions } from "../peer.js";
import { WireFailure } from "../scenario.js";
import type { Trace } from "../trace.js";
import { barsOf, type TestTopic } from "./topics.js";

/** The options of a connection, and where it goes. */
export interface ConnectOptions extends PeerOptions {
  /** The query of the URL, such as `protocol=2`. */
  readonly query?: string;
  /** The module whose own endpoint is used. @default the endpoint of all modules */
  readonly module?: string;
}

/** Everything that a scenario uses: connections to one server, its control endpoint, and names that no other scenario uses. */
export class ServerContext {
  readonly url: string;
  readonly features: ReadonlySet<string>;
  readonly trace: Trace;
  readonly timeoutMs: number;
  readonly #control: Control | undefined;
  readonly #names: () => string;
  readonly #peers: Peer[] = [];
  readonly #started: ServerContext[] = [];

  constructor(
    url: string,
    control: Control | undefined,
    features: ReadonlySet<string>,
    trace: Trace,
    timeoutMs: number,
    names: () => string,
  ) {
    this.url = url;
    this.#control = control;
    this.features = features;
    this.trace = trace;
    this.timeoutMs = timeoutMs;
    this.#names = names;
  }

  /** The control endpoint. Only scenarios that need a feature of it use it. */
  get control(): Control {
    if (this.#control === undefined) throw new Error("This scenario needs a feature of the control endpoint.");
    return this.#control;
  }

  /** Returns a name for a symbol or user that no other scenario uses, so that scenarios share no topic. */
  name(): string {
    return this.#names();
  }

  /** Connects without the session extension, unless the query requests it. */
  async connect(options: ConnectOptions = {}): Promise<Peer> {
    const peer = await Peer.open(this.#urlOf(options), this.trace, this.timeoutMs, this.#peerOptions(options));
    this.#peers.push(peer);
    return peer;
  }

  /** Connects, or returns the HTTP status of the rejection. */
  async attempt(options: ConnectOptions = {}): ReturnType<typeof Peer.attempt> {
    const result = await Peer.attempt(this.#urlOf(options), this.trace, this.timeoutMs, this.#peerOptions(options));
    if (result instanceof Peer) this.#peers.push(result);
    return result;
  }

  /** Connects with the session extension, and reads its first frame. */
  async session(options: ConnectOptions = {}): Promise<Peer> {
    const peer = await this.connect({ query: "protocol=2", ...options });
    await peer.expect({ type: "session.welcome" });
    return peer;
  }

  /** Connects as a user, whose token is valid for an hour. */
  async connectAs(subject: string, options: ConnectOptions = {}): Promise<Peer> {
    return this.connect({ ...options, token: await this.token(subject) });
  }

  token(subject: string, expiresInMs = 3_600_000): Promise<string> {
    return this.control.token(subject, expiresInMs, this.trace);
  }

  /** Subscribes, and checks that the reply is `ok` with the topic. */
  async subscribe(peer: Peer, { route, params, topic }: TestTopic, more: object = {}): Promise<Frame> {
    peer.send({ type: `${route}.subscribe`, payload: params, ...more });
    return peer.expect({ type: `${route}.subscribe.response`, payload: { status: "ok", topic } });
  }

  /** Subscribes on a session connection, and reads the end of the empty snapshot if the server has positions. */
  async subscribeSession(peer: Peer, target: TestTopic): Promise<Frame> {
    const reply = await this.subscribe(peer, target);
    if (this.features.has("positions")) await peer.expect({ type: "subscription.current" });
    return reply;
  }

  async unsubscribe(peer: Peer, { route, params, topic }: TestTopic): Promise<Frame> {
    peer.send({ type: `${route}.unsubscribe`, payload: params });
    return peer.expect({ type: `${route}.unsubscribe.response`, payload: { status: "ok", topic } });
  }

  /** Publishes updates through the control endpoint. */
  publish({ topic }: TestTopic, ...updates: readonly object[]): Promise<void> {
    return this.control.publish(topic, updates, this.trace);
  }

  /** Reads one update of a topic. */
  update(peer: Peer, { route, topic }: TestTopic, update: object): Promise<Frame> {
    return peer.expect({ type: `${route}.update`, payload: { topic, payload: update } });
  }

  /**
   * Makes two round trips, during which the connection must receive nothing else. This shows that a frame does not arrive
   * without waiting for a time: the frame would have been sent before the replies.
   */
  async settle(peer: Peer): Promise<void> {
    for (let trips = 0; trips < 2; trips++) await this.unsubscribe(peer, barsOf(this.name()));
  }

  /** Waits until the source of a topic has been started or has ended. */
  async running({ topic }: TestTopic, wanted: boolean): Promise<void> {
    const deadline = performance.now() + this.timeoutMs;
    while ((await this.control.isRunning(topic, this.trace)) !== wanted) {
      if (performance.now() > deadline) {
        throw new WireFailure(
          wanted ? `a running source of ${topic}` : `the end of the source of ${topic}`,
          wanted ? "none" : `a source that still runs after ${this.timeoutMs} ms`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Starts a server with these settings for this scenario. */
  async start(settings: StartSettings): Promise<ServerContext> {
    const { url, control } = await this.control.start(settings, this.trace);
    const started = new ServerContext(url, control, this.features, this.trace, this.timeoutMs, this.#names);
    this.#started.push(started);
    return started;
  }

  /** Closes the connections of the scenario, and stops the servers that it has started. */
  async end(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.close()));
    for (const started of this.#started) {
      await started.end();
      await started.control.stop(this.trace);
    }
  }

  /** Without a control endpoint, the updates are those of a server that publishes by itself. */
  #peerOptions(options: ConnectOptions): PeerOptions {
    return { ...options, isLive: this.#control === undefined };
  }

  #urlOf({ query, module }: ConnectOptions): string {
    const url = new URL(this.url);
    if (module !== undefined) url.pathname = url.pathname.replace(/\/ws$/, `/${module}/ws`);
    if (query !== undefined) url.search = query;
    return url.href;
  }
}
