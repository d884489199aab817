import type { Clock, SocketConstructor, SocketLike } from "../../src/index.js";
import type { PortLike } from "../../src/tabs/messages.js";
import type { LocksLike, Platform } from "../../src/tabs/platform.js";

interface LockRequest {
  readonly tab: FakeTab;
  readonly grant: () => void;
  readonly reject: (error: Error) => void;
}

interface Lock {
  held: LockRequest | undefined;
  waiting: LockRequest[];
}

/** The tabs of one origin: their Web Locks and BroadcastChannels. Messages and grants take microtasks. */
export class FakeBrowser {
  readonly #locks = new Map<string, Lock>();
  readonly #channels = new Set<FakeChannel>();
  #blocked: FakeTab | undefined;

  open(WebSocket: SocketConstructor): FakeTab {
    return new FakeTab(this, WebSocket);
  }

  /** Returns the number of held locks whose name begins with this text. */
  locks(prefix: string): number {
    return [...this.#locks].filter(([name, lock]) => name.startsWith(prefix) && lock.held).length;
  }

  get channels(): number {
    return this.#channels.size;
  }

  /** Loses the messages to a tab until `unblock`, as those that a crashed tab had not sent yet. */
  block(tab: FakeTab): void {
    this.#blocked = tab;
  }

  unblock(): void {
    this.#blocked = undefined;
  }

  add(channel: FakeChannel): void {
    this.#channels.add(channel);
  }

  remove(channel: FakeChannel): void {
    this.#channels.delete(channel);
  }

  deliver(from: FakeChannel, data: unknown): void {
    for (const channel of this.#channels) {
      if (channel === from || channel.name !== from.name || this.#blocked === channel.tab) continue;
      channel.receiveLater(structuredClone(data));
    }
  }

  async request(
    tab: FakeTab,
    name: string,
    { signal, steal = false }: { signal?: AbortSignal; steal?: boolean },
    callback: () => Promise<void> | void,
  ): Promise<void> {
    const lock = this.#locks.get(name) ?? { held: undefined, waiting: [] };
    this.#locks.set(name, lock);
    let stolen: Promise<never> | undefined;
    await new Promise<void>((resolve, reject) => {
      const request: LockRequest = { tab, grant: resolve, reject };
      stolen = new Promise<never>((_, rejectHeld) => {
        (request as { reject: (error: Error) => void }).reject = (error) => {
          reject(error);
          rejectHeld(error);
        };
      });
      stolen.catch(() => {});
      signal?.addEventListener("abort", () => {
        if (lock.held === request) return;
        lock.waiting = lock.waiting.filter((waiting) => waiting !== request);
        reject(new DOMException("aborted", "AbortError"));
      });
      if (signal?.aborted) reject(new DOMException("aborted", "AbortError"));
      else if (steal) {
        const { held } = lock;
        lock.held = request;
        held?.reject(new DOMException("stolen", "AbortError"));
        resolve();
      } else {
        lock.waiting.push(request);
        this.#grant(lock);
      }
    });
    const mine = lock.held;
    try {
      await Promise.race([callback(), stolen]);
    } finally {
      if (lock.held === mine) this.#release(lock);
    }
  }

  /** Releases the locks of a tab, as the browser does when it has crashed. */
  releaseLocks(tab: FakeTab): void {
    for (const lock of this.#locks.values()) {
      lock.waiting = lock.waiting.filter((waiting) => waiting.tab !== tab);
      if (lock.held?.tab === tab) this.#release(lock);
    }
  }

  #release(lock: Lock): void {
    lock.held = undefined;
    this.#grant(lock);
  }

  #grant(lock: Lock): void {
    if (lock.held) return;
    lock.held = lock.waiting.shift();
    lock.held?.grant();
  }
}

/** One end of a BroadcastChannel. */
class FakeChannel implements PortLike {
  onmessage: PortLike["onmessage"] = null;
  readonly name: string;
  readonly tab: FakeTab;
  #isOpen = true;
  #queue: unknown[] = [];

  constructor(tab: FakeTab, name: string) {
    this.tab = tab;
    this.name = name;
    tab.browser.add(this);
    tab.channels.add(this);
  }

  postMessage(message: unknown): void {
    if (!this.#isOpen) throw new DOMException("The channel is closed", "InvalidStateError");
    if (this.tab.isRunning) this.tab.browser.deliver(this, message);
  }

  receiveLater(data: unknown): void {
    this.#queue.push(data);
    Promise.resolve().then(() => this.flush());
  }

  /** Delivers what has arrived, unless the tab hangs. */
  flush(): void {
    if (!this.tab.isRunning) return;
    for (const data of this.#queue.splice(0)) {
      if (this.#isOpen) (this.onmessage as ((event: object) => void) | null)?.({ data });
    }
  }

  close(): void {
    this.#isOpen = false;
    this.tab.browser.remove(this);
  }
}

/** A tab that can crash, hang, and be suspended. */
export class FakeTab {
  readonly browser: FakeBrowser;
  readonly channels = new Set<FakeChannel>();
  readonly platform: Platform;
  isRunning = true;
  readonly #sockets = new Set<SocketLike>();
  /** Timers that were due while the program hung. */
  #late: (() => void)[] = [];
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(browser: FakeBrowser, WebSocket: SocketConstructor) {
    this.browser = browser;
    const sockets = this.#sockets;
    const target = {
      addEventListener: (type: string, listener: () => void) => {
        this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(listener));
      },
      removeEventListener: (type: string, listener: () => void) => {
        this.#listeners.get(type)?.delete(listener);
      },
    };
    const request = browser.request.bind(browser, this) as LocksLike["request"];
    const tab = this;
    this.platform = {
      navigator: { locks: { request } },
      BroadcastChannel: class extends FakeChannel {
        constructor(name: string) {
          super(tab, name);
        }
      },
      WebSocket: class {
        constructor(url: string) {
          const socket = new WebSocket(url);
          sockets.add(socket);
          // biome-ignore lint/correctness/noConstructorReturn: as a subclass that the interface does not allow
          return socket;
        }
      } as unknown as SocketConstructor,
      document: target,
      ...target,
    };
  }

  /** Returns a clock whose timers do not run while the program hangs. */
  clockOf(clock: Clock): Clock {
    return {
      monotonic: () => clock.monotonic(),
      after: (delayMs, run) => clock.after(delayMs, () => (this.isRunning ? run() : this.#late.push(run))),
    };
  }

  /** The number of listeners for events of the page. */
  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Dispatches an event of the page. */
  dispatch(type: "freeze" | "pagehide"): void {
    for (const listener of this.#listeners.get(type) ?? []) listener();
  }

  /** The program stops without notice; the browser keeps the tab's locks, and the network its sockets. */
  hang(): void {
    this.isRunning = false;
  }

  /** The program continues with the messages that have arrived. */
  continue(): void {
    this.isRunning = true;
    for (const channel of this.channels) channel.flush();
    for (const run of this.#late.splice(0)) run();
  }

  /** The program ends without notice. */
  crash(): void {
    this.hang();
    for (const socket of this.#sockets) {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
    }
    for (const channel of this.channels) this.browser.remove(channel);
    this.browser.releaseLocks(this);
  }
}
