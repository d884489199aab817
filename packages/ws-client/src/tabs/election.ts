import type { Hub } from "./hub.js";
import type { HubMessage, PortLike, TabMessage } from "./messages.js";
import { ignoreAbort, type LocksLike } from "./platform.js";

export interface ElectionOptions {
  /** The name that the tabs share. */
  readonly name: string;
  readonly locks: LocksLike;
  readonly BroadcastChannel: new (name: string) => PortLike;
  readonly createHub: () => Hub;
  /** A tab has become the leader. */
  readonly started: (hub: string) => void;
}

/** The time in which a tab is the leader. */
interface Lead {
  /** Closes the hub and releases the lock. */
  readonly end: () => void;
}

/**
 * Elects the tab in which the hub runs: the one that holds a Web Lock. The browser gives the lock to the next tab when the leader is
 * closed or crashes.
 */
export class Election {
  readonly #options: ElectionOptions;
  readonly #name: string;
  #channel: PortLike | undefined;
  /** Undefined unless this tab is the leader. */
  #lead: Lead | undefined;
  #abort = new AbortController();

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#name = `trading-tabs ${options.name}`;
  }

  /** Becomes a candidate. */
  join(): void {
    if (this.#channel) return;
    this.#channel = this.#open(this.#name);
    this.#channel.onmessage = ({ data }: { data: HubMessage | TabMessage }) => {
      if ("hub" in data && data.event === "started") this.#options.started(data.hub);
    };
    this.#request({ signal: this.#abort.signal });
  }

  /** Takes the lead from a tab that does not reply. */
  steal(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#request({ steal: true });
  }

  /** Gives up the lead, or the candidacy. */
  resign(): void {
    this.#channel?.close();
    this.#channel = undefined;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#lead?.end();
  }

  /** Sends a message to the leader. */
  post(message: TabMessage): void {
    this.#channel?.postMessage(message);
  }

  /** Opens one end of the port of a tab's socket. */
  openPort(id: string): PortLike {
    return this.#open(`${this.#name} ${id}`);
  }

  #open(name: string): PortLike {
    return new this.#options.BroadcastChannel(name);
  }

  #request(lock: { signal: AbortSignal } | { steal: true }): void {
    let lead: Lead | undefined;
    const ended = this.#options.locks.request(this.#name, lock, () => {
      if (this.#channel) return new Promise<void>((resolve) => (lead = this.#start(resolve)));
    });
    ended.catch(ignoreAbort).then(() => {
      // Another tab has stolen the lock: two hubs must not run.
      if (!lead || lead !== this.#lead) return;
      lead.end();
      this.#request({ signal: this.#abort.signal });
    });
  }

  #start(release: () => void): Lead {
    const hub = this.#options.createHub();
    const channel = this.#open(this.#name);
    channel.onmessage = ({ data }: { data: HubMessage | TabMessage }) => {
      if ("tab" in data && data.tab === "connect") hub.connect(data, () => this.openPort(data.id));
    };
    const lead = {
      end: () => {
        this.#lead = undefined;
        channel.close();
        hub.close();
        release();
      },
    };
    this.#lead = lead;
    channel.postMessage({ hub: hub.id, event: "started" });
    return lead;
  }
}
