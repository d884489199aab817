import type { SocketConstructor } from "../options.js";
import { systemClock } from "../timers.js";
import { Hub } from "./hub.js";
import type { PortLike, TabMessage } from "./messages.js";
import { hubLock, type LocksLike } from "./platform.js";

interface WorkerScope {
  readonly navigator: { readonly locks: LocksLike };
  readonly WebSocket: SocketConstructor;
  onconnect: ((event: { readonly ports: readonly PortLike[] }) => void) | null;
}

/** Serves the tabs of `createSharedClient` from a shared worker. Call it when the worker's script is loaded. */
export function serveTabs(): void {
  const scope = globalThis as unknown as WorkerScope;
  const { navigator, WebSocket } = scope;
  const hub = new Hub({ WebSocket, clock: systemClock, locks: navigator.locks });
  const locked = new Promise<void>((resolve) => {
    navigator.locks.request(hubLock(hub.id), {}, () => {
      resolve();
      return new Promise<void>(() => {});
    });
  });
  scope.onconnect = ({ ports: [port] }) => {
    if (!port) return;
    port.onmessage = ({ data }: { data: TabMessage }) => {
      if (data.tab === "connect") locked.then(() => hub.connect(data, () => port));
    };
  };
}
