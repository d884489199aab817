import type { SocketConstructor } from "../options.js";
import type { Clock } from "../timers.js";
import { type ConnectMessage, type PortLike, randomName, type TabMessage } from "./messages.js";
import { ignoreAbort, type LocksLike, socketLock } from "./platform.js";
import { SharedSocket } from "./shared-socket.js";
import { TabPeer } from "./tab-peer.js";

export interface HubOptions {
  readonly WebSocket: SocketConstructor;
  readonly clock: Clock;
  readonly locks: LocksLike;
}

interface Entry {
  readonly peer: TabPeer;
  readonly socket: SharedSocket;
  readonly abort: AbortController;
}

/** Serves the sockets of all tabs, in a shared worker or in the leading tab: those with the same URL share one. */
export class Hub {
  readonly id: string = randomName();
  readonly #options: HubOptions;
  readonly #entries = new Map<string, Entry>();
  /** The sockets that new tabs share, by URL. */
  readonly #current = new Map<string, SharedSocket>();
  #isClosed = false;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** Connects a socket of a tab. A tab may send the request again. @param openPort returns the hub's end of its port */
  connect({ id, url, renew }: ConnectMessage, openPort: () => PortLike): void {
    if (this.#isClosed || this.#entries.has(id)) return;
    const port = openPort();
    const peer = new TabPeer(this.id, id, port);
    if (renew) this.#current.get(url)?.end(1012, "The user has changed");
    let socket: SharedSocket;
    try {
      socket = this.#socketOf(url);
    } catch (cause) {
      // The platform refuses the URL, as a page over https does ws://.
      peer.post({ event: "accepted" });
      peer.post({ event: "close", code: 1006, reason: `${cause}` });
      peer.release();
      return;
    }
    const entry: Entry = { peer, socket, abort: new AbortController() };
    this.#entries.set(id, entry);
    port.onmessage = ({ data }: { data: TabMessage }) => this.#received(entry, data);
    peer.post({ event: "accepted" });
    // Granted when the tab has closed the socket, is closed, or has crashed.
    this.#options.locks
      .request(socketLock(id), { signal: entry.abort.signal }, () => this.#remove(entry))
      .catch(ignoreAbort);
    socket.add(peer);
  }

  /** Closes every socket: the tabs connect again, to the next hub. */
  close(): void {
    this.#isClosed = true;
    for (const { socket } of this.#entries.values()) socket.end(1012, "Another tab connects");
    for (const { abort } of this.#entries.values()) abort.abort();
    this.#entries.clear();
  }

  #socketOf(url: string): SharedSocket {
    const current = this.#current.get(url);
    if (current) return current;
    const { WebSocket, clock } = this.#options;
    const socket: SharedSocket = new SharedSocket({
      url,
      WebSocket,
      clock,
      retired: () => this.#current.get(url) === socket && this.#current.delete(url),
    });
    this.#current.set(url, socket);
    return socket;
  }

  #received(entry: Entry, message: TabMessage): void {
    if (message.tab === "send") entry.socket.send(entry.peer, message.frame, message.needsLogin);
    else if (message.tab === "close") this.#remove(entry);
  }

  #remove({ peer, socket, abort }: Entry): void {
    this.#entries.delete(peer.id);
    abort.abort();
    socket.remove(peer);
    peer.release();
  }
}
