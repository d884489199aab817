import type { SocketConstructor, SocketLike } from "../options.js";
import type { Clock } from "../timers.js";
import { Election } from "./election.js";
import { Hub } from "./hub.js";
import type { PortLike } from "./messages.js";
import { hubLock, ignoreAbort, type LocksLike, type Platform, type SharedWorkerLike } from "./platform.js";
import { TabSocket } from "./tab-socket.js";

export interface TabSocketsOptions {
  readonly name: string;
  readonly worker: (() => SharedWorkerLike) | undefined;
  readonly WebSocket: SocketConstructor | undefined;
  readonly clock: Clock;
  /** The time for a hub to reply, in milliseconds; 0 = no limit. */
  readonly hubTimeoutMs: number;
  readonly needsLogin: (type: string) => boolean;
  /** The tab can connect again now, instead of after the client's backoff. */
  readonly retryNow: () => void;
}

/** The sockets of one client of a tab. */
export class TabSockets {
  /** The value for the client's option `WebSocket`. */
  readonly WebSocket: SocketConstructor;
  readonly #options: TabSocketsOptions;
  readonly #platform: Platform;
  readonly #open = new Set<TabSocket>();
  #election: Election | undefined;
  /** Whether the shared worker cannot be used. */
  #isWorkerless: boolean;
  /** Whether the tab connects by itself. */
  #isAlone = false;
  #renew = false;
  #isListening = false;

  constructor(options: TabSocketsOptions, platform: Platform) {
    this.#options = options;
    this.#platform = platform;
    this.#isWorkerless = !options.worker;
    this.WebSocket = constructing((url, subprotocols) => this.#create(url, subprotocols));
  }

  /** The next handshake identifies another user: the tabs must not use the present socket any more. */
  renew(): void {
    this.#renew = true;
  }

  /** The client is closed, or its page is suspended: another tab takes the lead. */
  leave(): void {
    for (const socket of [...this.#open]) socket.end(1012, "The page is suspended");
    this.#election?.resign();
  }

  /** The client is closed. */
  close(): void {
    this.leave();
    if (!this.#isListening) return;
    this.#isListening = false;
    this.#platform.removeEventListener?.("pagehide", this.#onSuspend);
    this.#platform.document?.removeEventListener("freeze", this.#onSuspend);
  }

  readonly #onSuspend = () => this.leave();

  #create(url: string, subprotocols?: string[]): SocketLike {
    const { navigator, WebSocket, BroadcastChannel } = this.#platform;
    const { locks } = navigator ?? {};
    const Socket = this.#options.WebSocket ?? (WebSocket as SocketConstructor);
    const canElect = BroadcastChannel !== undefined;
    if (this.#isAlone || !locks || (this.#isWorkerless && !canElect)) return new Socket(url, subprotocols);
    this.#listen();
    const renew = this.#renew;
    this.#renew = false;
    const { needsLogin } = this.#options;
    const shared = { locks, url, renew, needsLogin, alone: () => (this.#isAlone = true) };
    const election = this.#isWorkerless && canElect ? this.#elect(locks, BroadcastChannel, Socket) : undefined;
    election?.join();
    const closed = new AbortController();
    let stopWaiting = () => {};
    const socket = new TabSocket({
      ...shared,
      openPort: (opened) => (election ? election.openPort(opened.id) : this.#openWorker(opened)),
      connect: (port, message) => {
        stopWaiting();
        stopWaiting = this.#afterTimeout(() => (election ? election.steal() : this.#workerFailed(socket)));
        if (election) election.post(message);
        else port.postMessage(message);
      },
      failed: () => this.#workerFailed(socket),
      accepted: (hub) => {
        stopWaiting();
        if (!election) this.#watchWorker(locks, hub, socket, closed.signal);
      },
      ended: () => {
        stopWaiting();
        closed.abort();
        this.#open.delete(socket);
      },
    });
    this.#open.add(socket);
    return socket;
  }

  #afterTimeout(run: () => void): () => void {
    const { clock, hubTimeoutMs } = this.#options;
    return hubTimeoutMs > 0 ? clock.after(hubTimeoutMs, run) : () => {};
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#platform.addEventListener?.("pagehide", this.#onSuspend);
    this.#platform.document?.addEventListener("freeze", this.#onSuspend);
  }

  #elect(locks: LocksLike, BroadcastChannel: new (name: string) => PortLike, WebSocket: SocketConstructor): Election {
    const { name, clock } = this.#options;
    this.#election ??= new Election({
      name,
      locks,
      BroadcastChannel,
      createHub: () => new Hub({ WebSocket, clock, locks }),
      started: (hub) => {
        let isWaiting = this.#open.size === 0;
        for (const socket of [...this.#open]) isWaiting = socket.hubStarted(hub) || isWaiting;
        if (isWaiting) this.#options.retryNow();
      },
    });
    return this.#election;
  }

  #openWorker(socket: TabSocket): PortLike {
    const worker = (this.#options.worker as () => SharedWorkerLike)();
    worker.onerror = () => this.#workerFailed(socket);
    return worker.port;
  }

  /** Connects again, which starts another worker, when this one has crashed. */
  #watchWorker(locks: LocksLike, hub: string, socket: TabSocket, signal: AbortSignal): void {
    const crashed = () => {
      socket.end(1012, "The shared worker has crashed");
      this.#options.retryNow();
    };
    locks.request(hubLock(hub), { signal }, crashed).catch(ignoreAbort);
  }

  /** The worker does not run, for instance because its script is missing: a tab takes its place. */
  #workerFailed(socket: TabSocket): void {
    if (socket.isAccepted) return;
    this.#isWorkerless = true;
    socket.end(1006, "The shared worker does not reply");
    this.#options.retryNow();
  }
}

/** Returns a constructor whose objects the function creates: another class may be needed for each of them. */
function constructing(create: (url: string, subprotocols?: string[]) => SocketLike): SocketConstructor {
  const construct = (_: object, [url, subprotocols]: [string, string[]?]) => create(url, subprotocols);
  return new Proxy(class {}, { construct }) as unknown as SocketConstructor;
}
