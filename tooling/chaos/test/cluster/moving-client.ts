import {
  type Client,
  type ClientError,
  type ClientOptions,
  createClient,
  type Position,
  type TopicStatus,
} from "@trading/ws-client";
import { WebSocket } from "ws";
import type { Journal, ListenerStatus } from "../../src/index.js";
import type { Tally } from "../histories/tally.js";
import { FrameCheck } from "./frame-check.js";
import { Recorder } from "./recorder.js";
import { type RouteName, routes, TOPICS } from "./routes.js";

const LISTENER_STATUS: Readonly<Record<TopicStatus["state"], ListenerStatus>> = {
  pending: "waiting",
  syncing: "subscribed",
  live: "subscribed",
  error: "failed",
};

export interface MovingClientOptions {
  readonly name: string;
  /** Returns the port of a node to connect to. @param attempt increases with each connection */
  readonly portOf: (attempt: number) => number;
  readonly journal: Journal;
  readonly tally: Tally;
  readonly onProblem: (problem: string) => void;
  /** @default shorter than the library's, so that a test sees many connections */
  readonly waits?: Pick<ClientOptions, "backoffInitialMs" | "backoffMaxMs" | "connectTimeoutMs" | "replyTimeoutMs">;
}

const SHORT_WAITS = { backoffInitialMs: 20, backoffMaxMs: 300, connectTimeoutMs: 1_500, replyTimeoutMs: 4_000 };

interface Subscription {
  readonly recorder: Recorder;
  state: TopicStatus["state"];
  stop: () => void;
}

/** A client that connects to another node each time, and records what it receives. */
export class MovingClient {
  readonly #options: MovingClientOptions;
  readonly #client: Client;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #frames: FrameCheck;
  #socket: WebSocket | undefined;
  #attempt: number;
  #port = 0;
  #listeners = 0;
  readonly #recorders: Recorder[] = [];
  /** Whether it is stopping: the status changes that this causes are not the server's. */
  #isLeaving = false;

  /** @param first the number of its first attempt to connect */
  constructor(options: MovingClientOptions, first: number) {
    this.#options = options;
    this.#attempt = first;
    this.#frames = new FrameCheck(options.name, options.onProblem);
    // The node is chosen for each connection, as a load balancer does.
    const open = (socket: WebSocket) => (this.#socket = socket);
    const port = () => {
      this.#port = options.portOf(this.#attempt++);
      return this.#port;
    };
    this.#client = createClient({
      url: "ws://127.0.0.1/api/v1/ws",
      WebSocket: class extends WebSocket {
        constructor(url: string) {
          super(url.replace("127.0.0.1", `127.0.0.1:${port()}`));
          open(this);
        }
      },
      eager: true,
      ...(options.waits ?? SHORT_WAITS),
      onError: (error) => this.#onError(error),
    });
    this.#client.onState(({ reason }) => {
      if (/^Connection lost/.test(reason)) options.tally.count("connection lost");
    });
    this.#client.onResume(({ recovered }) =>
      options.tally.count(recovered ? "resumed, recovered" : "resumed with a gap"),
    );
    this.#client.tap((event) => {
      if (event.kind === "state") this.#frames.onState();
      else if (event.kind === "received") this.#frames.onFrame(event.frame);
    });
  }

  /** The frames with updates that it has checked. */
  get checkedFrames(): number {
    return this.#frames.checked;
  }

  /** The port of the node that it has chosen last. */
  get port(): number {
    return this.#port;
  }

  /** The topics that it is subscribed to. */
  get topics(): readonly string[] {
    return [...this.#subscriptions.keys()];
  }

  /** Subscribes to one of {@link TOPICS}, or ends the subscription. */
  toggle(index: number): void {
    const { route, name, topic } = TOPICS[index % TOPICS.length] as (typeof TOPICS)[number];
    const known = this.#subscriptions.get(topic);
    if (known === undefined) this.#subscribe(route, name, topic);
    else this.#stop(topic, known);
  }

  /** Loses its connection, and connects to the next node. */
  move(): void {
    this.#socket?.terminate();
  }

  /** Stops all subscriptions. */
  stop(): void {
    for (const [topic, subscription] of this.#subscriptions) this.#stop(topic, subscription);
  }

  close(): void {
    this.#isLeaving = true;
    this.#client.close();
  }

  /** Returns the position of a topic if it is live there. */
  livePositionOf(topic: string): Position | undefined {
    if (this.#subscriptions.get(topic)?.state !== "live") return undefined;
    return this.#positionOf(topic);
  }

  /** Records that all updates up to the topic's last position were published. */
  published(topic: string, position: Position): void {
    this.#subscriptions.get(topic)?.recorder.published(position);
  }

  /** Returns what the listeners that sentences name have received. */
  trailsOf(sentences: readonly string[]): string[] {
    const named = this.#recorders.filter(({ name }) => sentences.some((sentence) => sentence.includes(`${name}:`)));
    return named.map(({ name, trail }) => [name, ...trail].join("\n    "));
  }

  /** Returns its state, for the message of a failure. */
  describe(): string {
    const { state, topics } = this.#client.inspect();
    const lines = topics.map(({ topic, status, reason, error, position }) => {
      return `  ${topic} ${status} ${reason ?? error ?? ""} ${position?.epoch}/${position?.offset}`;
    });
    return [`${this.#options.name} ${state.status}`, ...lines].join("\n");
  }

  #subscribe(route: RouteName, name: string, topic: string): void {
    const { journal, tally, onProblem } = this.#options;
    const label = `${topic} of ${this.#options.name}, ${++this.#listeners}`;
    const recorder = new Recorder(label, route, journal);
    this.#recorders.push(recorder);
    const subscription: Subscription = { recorder, state: "pending", stop: () => {} };
    this.#subscriptions.set(topic, subscription);
    subscription.stop = this.#client.subscribe(
      routes[route],
      { name },
      {
        onUpdate: (update, { offset, recovered, snapshot }) => {
          const problem = recorder.update(update, offset);
          if (problem !== undefined) onProblem(problem);
          tally.count(recovered ? "recovered" : snapshot ? "snapshot" : "news");
        },
        onStatus: ({ state, reason }) => {
          if (this.#isLeaving) return;
          subscription.state = state;
          recorder.status(LISTENER_STATUS[state], state === "pending" ? undefined : this.#positionOf(topic));
          if (reason !== undefined) tally.count(`ended as ${reason}`);
        },
        onGap: (gap) => {
          recorder.gap(gap);
          tally.count(gap.before?.epoch === gap.after?.epoch ? "gap in a run" : "gap into another run");
        },
      },
    );
  }

  #stop(topic: string, { recorder, stop }: Subscription): void {
    this.#subscriptions.delete(topic);
    recorder.stopped();
    stop();
  }

  #positionOf(wanted: string): Position | undefined {
    return this.#client.inspect().topics.find(({ topic }) => topic === wanted)?.position;
  }

  /** Errors that the client retries are legitimate while nodes are lost. */
  #onError({ code, message, retryable }: ClientError): void {
    this.#options.tally.count(`error ${code}`);
    if (!retryable) this.#options.onProblem(`${this.#options.name}: ${code}: ${message}`);
  }
}
