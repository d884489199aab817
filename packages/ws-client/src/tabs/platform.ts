import type { SocketConstructor } from "../options.js";
import type { PortLike } from "./messages.js";

interface LockOptions {
  readonly signal?: AbortSignal;
  readonly steal?: boolean;
}

/** The used part of `navigator.locks`. */
export interface LocksLike {
  request(name: string, options: LockOptions, callback: () => Promise<void> | void): Promise<unknown>;
}

interface EventTargetLike {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** The used parts of a page or a worker. Each can be absent: locks exist only in secure contexts. */
export interface Platform {
  readonly navigator?: { readonly locks?: LocksLike };
  readonly BroadcastChannel?: new (name: string) => PortLike;
  readonly WebSocket?: SocketConstructor;
  readonly document?: EventTargetLike;
  readonly addEventListener?: EventTargetLike["addEventListener"];
  readonly removeEventListener?: EventTargetLike["removeEventListener"];
}

/** The used part of a `SharedWorker`. */
export interface SharedWorkerLike {
  readonly port: PortLike;
  /** Called if the worker's script cannot be loaded. */
  onerror: ((event: never) => void) | null;
}

/** Returns the name of the lock that a tab holds while its socket is in use. A hub that gets it knows that the tab is gone. */
export function socketLock(id: string): string {
  return `trading-tabs-socket ${id}`;
}

/** Returns the name of the lock that a shared worker holds. A tab that gets it knows that the worker has crashed. */
export function hubLock(hub: string): string {
  return `trading-tabs-hub ${hub}`;
}

/** Ignores the rejection of a lock request that was aborted, or whose lock was stolen: its owner knows already. */
export function ignoreAbort(): void {}
