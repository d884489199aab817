import { orders, trades } from "@trading/topic/shapes";
import { ManualClock } from "@trading/topic/testing";
import { type Client, createClient, type PageEvent, type TokenReason } from "../../src/index.js";
import { MemoryNetwork, type MemorySocket } from "../helpers/memory-network.js";
import { AAPL, ACCOUNT, FakeServer, ORDERS, TRADES } from "./fake-server.js";

interface Owned {
  readonly owner: string;
}

/** A listener of the private topic, and what it shows to its user. */
interface Viewer {
  readonly stop: () => void;
  readonly owners: Set<string>;
  status: string;
}

const USERS = ["ann", "bob"] as const;
const WAITS = [0, 100, 1_000, 5_000, 15_000, 60_000] as const;
const CODES = [1006, 1012, 4202, 1011] as const;
const PAGE_EVENTS: readonly PageEvent[] = ["online", "offline", "visible", "hidden"];

/** One client with its application, page, network and server. Each step is an event of one of them. */
export class World {
  readonly clock = new ManualClock();
  readonly client: Client;
  /** The violations of the guarantees. */
  readonly faults: string[] = [];
  /** Number of private updates that arrived, and that were dropped. */
  readonly seen = { updates: 0, resets: 0 };
  readonly #network = new MemoryNetwork();
  readonly #server: FakeServer;
  readonly #isSession: boolean;
  readonly #viewers: Viewer[] = [];
  readonly #publicStops: (() => void)[] = [];
  #publicStatus = "";
  #user: string | null = null;
  #tokens: "gives" | "fails" | "hangs" = "gives";
  /** The user whose data may arrive since the last `logout()`; undefined if there was none. */
  #allowed: string | null | undefined;
  #tell: (event: PageEvent) => void = () => {};

  constructor({ isSession, seed }: { readonly isSession: boolean; readonly seed: number }) {
    this.#isSession = isSession;
    this.#server = new FakeServer(isSession);
    let random = seed;
    this.client = createClient({
      url: "ws://memory/api/v1/ws",
      WebSocket: this.#network.WebSocket,
      clock: this.clock,
      random: () => {
        random = (random * 48_271) % 2_147_483_647;
        return random / 2_147_483_647;
      },
      getToken: (request) => this.#token(request),
      pageEvents: (listener) => {
        this.#tell = listener;
        return () => {
          this.#tell = () => {};
        };
      },
      onError: () => {},
    });
  }

  /** The steps, by name. Each takes a number that selects a variant. */
  readonly steps: Readonly<Record<string, (variant: number) => void | Promise<void>>> = {
    serve: () => this.#serve(),
    listenPrivate: () => this.#view(),
    listenPublic: () => {
      const onStatus = ({ state }: { state: string }) => {
        this.#publicStatus = state;
      };
      this.#publicStops.push(this.client.subscribe(trades, AAPL, { onStatus }));
    },
    stopPrivate: () => this.#viewers.shift()?.stop(),
    stopPublic: () => this.#publicStops.shift()?.(),
    accept: () => this.#each((socket) => this.#server.accept(socket)),
    welcome: () => this.#each((socket) => this.#server.welcome(socket)),
    handle: (variant) => this.#each((socket) => this.#server.handle(socket, 1 + (variant % 4))),
    publish: () => {
      this.#server.publish(ORDERS);
      this.#server.publish(TRADES);
    },
    end: (variant) => this.#each((socket) => this.#server.end(socket, pick(CODES, variant))),
    refuseTokens: (variant) => {
      this.#server.refusesTokens = variant % 2 === 0;
    },
    drain: (variant) => this.#say({ type: "server.draining", payload: { reconnectAfterMs: variant * 100 } }),
    expire: () => this.#say({ type: "auth.expiring", payload: { expiresInMs: 60_000 } }),
    setTokens: (variant) => {
      this.#tokens = pick(["gives", "fails", "hangs"] as const, variant);
    },
    login: (variant) => {
      this.#user = pick(USERS, variant);
      this.#allowed = this.#allowed === null ? this.#user : undefined;
      this.client.login();
    },
    logout: () => {
      this.#user = null;
      this.#allowed = null;
      this.client.logout();
      const visible = this.#viewers.filter(({ owners }) => owners.size > 0);
      if (visible.length > 0) this.faults.push("data is visible after logout()");
    },
    request: () => void this.client.request({ name: "orders.cancel" }, {}).catch(() => {}),
    queue: (variant) => {
      const queue = { id: String(variant), ttlMs: pick(WAITS, variant) };
      this.client.request({ name: "orders.cancel" }, {}, { queue }).catch(() => {});
    },
    connect: () => this.client.connect(),
    disconnect: () => this.client.disconnect(),
    page: (variant) => this.#tell(pick(PAGE_EVENTS, variant)),
    wait: (variant) => this.clock.advance(pick(WAITS, variant)),
  };

  /** Lets every promise settle. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 12; turn++) await Promise.resolve();
    const open = this.#network.sockets.filter((socket) => this.#server.isOpen(socket));
    if (open.length > 1) this.faults.push(`${open.length} sockets are open`);
  }

  /** Lets the network, the server and `getToken` work, until nothing is left to do or for ten minutes. */
  async recover(): Promise<void> {
    this.#tokens = "gives";
    this.#server.refusesTokens = false;
    if (this.#user === null) this.steps.logout?.(0);
    else this.client.login();
    if (this.#viewers.length + this.#publicStops.length > 0) this.client.connect();
    for (let second = 0; second < 600 && !this.#isSettled; second++) {
      this.clock.advance(1_000);
      await this.settle();
      await this.#serve();
    }
    this.faults.push(...this.#server.faults);
    if (!this.#isSettled) this.faults.push(`no way on: ${JSON.stringify(this.client.inspect())}`);
  }

  /** Closes the client, and looks for what it leaves behind. */
  async close(): Promise<void> {
    this.client.close();
    await this.settle();
    if (this.clock.pending > 0) this.faults.push(`${this.clock.pending} timers are left`);
    const open = this.#network.sockets.filter((socket) => this.#server.isOpen(socket));
    if (open.length > 0) this.faults.push("a socket is left");
  }

  /** Lets the network and the server do everything that is due. */
  async #serve(): Promise<void> {
    this.#each((socket) => this.#server.accept(socket));
    this.#each((socket) => this.#server.welcome(socket));
    // Several rounds, because a reply can lead to a request.
    for (let round = 0; round < 6; round++) {
      await this.settle();
      this.#each((socket) => this.#server.handle(socket, 1_000));
    }
    await this.settle();
  }

  /** Whether every topic has its final status: live, or refused for a visitor. */
  get #isSettled(): boolean {
    const expected = this.#isSession && this.#user === null ? "error" : "live";
    const owner = this.#isSession ? this.#user : "handshake";
    const isPublicSettled = this.#publicStops.length === 0 || this.#publicStatus === "live";
    return (
      isPublicSettled &&
      this.#viewers.every(
        ({ status, owners }) => status === expected && [...owners].every((present) => present === owner),
      )
    );
  }

  async #token({ reason }: { readonly reason: TokenReason }): Promise<string | null> {
    if (this.#tokens === "hangs") return new Promise(() => {});
    if (this.#tokens === "fails") throw new Error(`no token for ${reason}`);
    return this.#user && `token of ${this.#user}`;
  }

  #view(): void {
    const viewer: Viewer = { stop: () => stop(), owners: new Set(), status: "" };
    const stop = this.client.subscribe(orders, ACCOUNT, {
      onUpdate: (update) => this.#received(viewer, update as unknown as Owned),
      onStatus: ({ state }) => {
        viewer.status = state;
      },
      onReset: () => {
        this.seen.resets += viewer.owners.size;
        viewer.owners.clear();
      },
      onGap: ({ snapshot }) => snapshot && viewer.owners.clear(),
    });
    this.#viewers.push(viewer);
  }

  #received({ owners }: Viewer, { owner }: Owned): void {
    owners.add(owner);
    this.seen.updates += 1;
    if (owners.size > 1) this.faults.push(`one listener shows the data of ${[...owners].join(" and ")}`);
    if (this.#isSession && this.#allowed !== undefined && owner !== this.#allowed) {
      this.faults.push(`data of ${owner} arrived after a logout, for ${this.#allowed}`);
    }
  }

  #say(message: object): void {
    this.#each((socket) => this.#server.say(socket, message));
  }

  #each(act: (socket: MemorySocket) => void): void {
    for (const socket of this.#network.sockets) act(socket);
  }
}

function pick<Value>(values: readonly Value[], variant: number): Value {
  return values[variant % values.length] as Value;
}
