import { bars, orders, positions, trades } from "@trading/topic/shapes";
import { ManualClock } from "@trading/topic/testing";
import { type Client, createClient, type TopicStorage } from "../../src/index.js";
import { type Frame, MemoryNetwork, type MemorySocket } from "../helpers/memory-network.js";

export const TRADES = 'trades:{"symbol":"AAPL"}';
export const BARS = 'bars:{"resolution":"1","symbol":"AAPL"}';
export const ORDERS = 'orders:{"accountId":"A-1"}';

/** The client's activity in one virtual second, or their sum. */
export interface Activity {
  /** Calls of `getToken`. */
  tokens: number;
  /** Sockets that were opened. */
  connects: number;
  /** Frames that were sent. */
  frames: number;
  /** Subscribes among them. */
  subscribes: number;
  /** Errors that were reported. */
  errors: number;
  gaps: number;
  /** Changes of a topic's status. */
  statuses: number;
}

const NONE: Activity = { tokens: 0, connects: 0, frames: 0, subscribes: 0, errors: 0, gaps: 0, statuses: 0 };

/** The frames of a hostile server, called once in each virtual millisecond. */
export type Attack = (server: HostileRun, socket: MemorySocket) => void;

/** A client with topics, a login and requests, connected in memory to a server that attacks it. Time is virtual. */
export class HostileRun {
  readonly clock = new ManualClock();
  readonly network = new MemoryNetwork();
  readonly client: Client;
  /** The activity of each virtual second. */
  readonly seconds: Activity[] = [];
  /** The errors that escaped from the handling of a frame. In a Node.js client they would end the process. */
  readonly thrown: unknown[] = [];
  /** The characters of the known updates that the client kept, by topic, when it was closed. */
  readonly kept = new Map<string, number>();
  /** Increases with every call of the attack. */
  turn = 0;
  #now: Activity = { ...NONE };
  readonly #handled = new Map<MemorySocket, number>();
  readonly #accepted = new Set<MemorySocket>();

  constructor(seed: number, options: { readonly maxKnownBytes?: number } = {}) {
    let random = (seed % 2_147_483_646) + 1;
    const storage: TopicStorage = {
      load: () => undefined,
      save: (topics) => {
        for (const [topic, { known }] of topics) this.kept.set(topic, JSON.stringify(known).length);
      },
    };
    this.client = createClient({
      ...options,
      url: "ws://memory/api/v1/ws",
      WebSocket: this.network.WebSocket,
      clock: this.clock,
      storage,
      random: () => {
        random = (random * 48_271) % 2_147_483_647;
        return random / 2_147_483_647;
      },
      getToken: () => {
        this.#now.tokens += 1;
        return "token";
      },
      onError: () => {
        this.#now.errors += 1;
      },
    });
    const listener = {
      onUpdate: () => {},
      onGap: () => {
        this.#now.gaps += 1;
      },
      onStatus: () => {
        this.#now.statuses += 1;
      },
    };
    this.client.subscribe(trades, { symbol: "AAPL" }, listener);
    this.client.subscribe(bars, { symbol: "AAPL", resolution: "1" }, listener);
    this.client.subscribe(orders, { accountId: "A-1" }, listener);
    this.client.subscribe(positions, { accountId: "A-1" }, listener);
    const operation = { name: "orders.cancel", access: "private" } as const;
    for (let id = 0; id < 20; id++) {
      this.client.request(operation, {}, { queue: { id: `${id}`, ttlMs: 600_000 } }).catch(() => {});
    }
  }

  /** The sum of all seconds. */
  get total(): Activity {
    return this.seconds.reduce((sum, second) => added(sum, second), NONE);
  }

  /** The largest number of each kind within one second. */
  get worst(): Activity {
    return this.seconds.reduce((worst, second) => greatest(worst, second), NONE);
  }

  /** Lets the server attack for some virtual seconds, at a thousand turns in each. */
  async attack(seconds: number, attack: Attack): Promise<void> {
    for (let ms = 1; ms <= seconds * 1_000; ms++) {
      await settle();
      const { sockets } = this.network;
      const before = sockets.length;
      const socket = sockets.at(-1);
      if (socket && !socket.closedByClient) {
        this.turn++;
        this.#attempt(() => attack(this, socket));
      }
      this.#attempt(() => this.clock.advance(1));
      await settle();
      this.#now.connects += sockets.length - before;
      for (const opened of sockets.splice(0, Math.max(0, sockets.length - 2))) this.#count(opened);
      for (const open of sockets) this.#count(open);
      if (ms % 1_000 > 0) continue;
      this.seconds.push(this.#now);
      this.#now = { ...NONE };
    }
    this.client.close();
    await settle();
  }

  /** Accepts the connection, if it was not. Returns whether it did. */
  accept(socket: MemorySocket): boolean {
    if (this.#accepted.has(socket)) return false;
    this.#accepted.add(socket);
    socket.accept();
    return true;
  }

  /** Accepts the connection and sends the welcome, if it has not. Returns whether it did. */
  welcome(socket: MemorySocket, heartbeatIntervalMs = 30_000): boolean {
    if (!this.accept(socket)) return false;
    socket.welcome({ heartbeatIntervalMs });
    return true;
  }

  /** Calls `reply` for each frame that was not replied to. */
  replies(socket: MemorySocket, reply: (frame: Frame) => void): void {
    // A reply can make the client send, and then it is not the last frame.
    for (let index = this.#handled.get(socket) ?? 0; index < socket.sent.length; index++) {
      this.#handled.set(socket, index + 1);
      reply(socket.sent[index] as Frame);
    }
  }

  /** Replies to every frame as a usual server does. @param position the members of a confirmation */
  serve(socket: MemorySocket, position: object = { epoch: "e", offset: 1 }): void {
    this.welcome(socket);
    this.replies(socket, (frame) => {
      if (frame.type === "ping") socket.say({ type: "pong" });
      else if (frame.type === "auth.login") {
        socket.say({ type: "auth.login.response", payload: { status: "ok", subject: "ann" }, id: frame.id });
      } else socket.confirm(frame, topicOf(frame), position);
    });
  }

  #count({ sent }: MemorySocket): void {
    const frames = sent as Frame[] & { counted?: number };
    for (const { type } of frames.slice(frames.counted ?? 0)) {
      this.#now.frames += 1;
      if (type.endsWith(".subscribe")) this.#now.subscribes += 1;
    }
    frames.counted = frames.length;
  }

  #attempt(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.thrown.push(error);
    }
  }
}

/** Returns the topic of a subscribe or unsubscribe; `""` for other frames. */
export function topicOf({ type, payload }: Frame): string {
  const [route] = type.split(".");
  const sorted = Object.entries(payload ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return type.endsWith("subscribe") ? `${route}:${JSON.stringify(Object.fromEntries(sorted))}` : "";
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}

function added(one: Activity, other: Activity): Activity {
  return combine(one, other, (a, b) => a + b);
}

function greatest(one: Activity, other: Activity): Activity {
  return combine(one, other, Math.max);
}

function combine(one: Activity, other: Activity, how: (a: number, b: number) => number): Activity {
  const names = Object.keys(one) as (keyof Activity)[];
  return Object.fromEntries(names.map((name) => [name, how(one[name], other[name])])) as unknown as Activity;
}
