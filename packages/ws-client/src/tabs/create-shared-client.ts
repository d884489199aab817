import { type Client, createClient } from "../client.js";
import { pageEvents as platformEvents } from "../connection/page-events.js";
import type { ClientOptions, Routes } from "../options.js";
import { systemClock } from "../timers.js";
import type { Platform, SharedWorkerLike } from "./platform.js";
import { TabSockets } from "./tab-sockets.js";

export interface SharedClientOptions<Named extends Routes = Routes> extends ClientOptions<Named> {
  /** The tabs of an origin that pass the same name and the same `url` share a connection. @default "default" */
  readonly name?: string;
  /**
   * Starts the shared worker that has the connection, whose script calls `serveTabs()`:
   * `() => new SharedWorker(new URL("./tabs-worker.js", import.meta.url), { type: "module" })`. Called for each connection.
   * Where it is missing or fails, and on platforms without shared workers, one of the tabs has the connection.
   * @default one of the tabs
   */
  readonly worker?: () => SharedWorkerLike;
}

/**
 * Creates a client whose connection the tabs of an origin share: one socket, and one subscription for each topic. It has the
 * interface and the options of `createClient`, except that compact updates are not used.
 *
 * A tab connects by itself, as with `createClient`: outside a secure context, with a legacy server, in a runtime without Web Locks, and
 * while its user is another one than that of the shared connection.
 *
 * @throws ClientError `invalid_option`; `no_websocket` with the option `eager`
 */
export function createSharedClient<const Named extends Routes = Record<never, never>>(
  options: SharedClientOptions<Named>,
): Client<Named> {
  return shareClient(options, globalThis as unknown as Platform);
}

/** @param platform the page */
export function shareClient<const Named extends Routes>(
  { name = "default", worker, ...options }: SharedClientOptions<Named>,
  platform: Platform,
): Client<Named> {
  const needLogin = new Set<string>();
  let retryNow = () => {};
  const sockets = new TabSockets(
    {
      name,
      worker: worker && "SharedWorker" in globalThis ? worker : undefined,
      WebSocket: options.WebSocket,
      clock: options.clock ?? systemClock,
      hubTimeoutMs: (options.connectTimeoutMs ?? 10_000) / 2,
      needsLogin: (type) => needLogin.has(type),
      retryNow: () => retryNow(),
    },
    platform,
  );
  const { pageEvents = platformEvents, routes = {}, getToken } = options;
  const client = createClient<Named>({
    ...options,
    WebSocket: sockets.WebSocket,
    pageEvents(listener) {
      retryNow = () => listener("visible");
      const stop = pageEvents(listener);
      return () => {
        retryNow = () => {};
        stop();
      };
    },
  });
  client.onState(({ status }) => status === "closed" && sockets.close());
  const learn = (subject: { readonly name: string; readonly access?: string } | string, verb = "") => {
    const { name, access } = typeof subject === "string" ? ((routes as Routes)[subject] ?? { name: subject }) : subject;
    if (access === "private") needLogin.add(name + verb);
  };
  const { subscribe, stream, request, login, logout } = client;
  const shared = {
    subscribe(...args: Parameters<typeof subscribe>) {
      learn(args[0], ".subscribe");
      return subscribe(...args);
    },
    stream(...args: Parameters<typeof stream>) {
      learn(args[0], ".subscribe");
      return stream(...args);
    },
    request(...args: Parameters<typeof request>) {
      learn(args[0]);
      return request(...args);
    },
    login() {
      if (!getToken) sockets.renew();
      login();
    },
    logout() {
      if (!getToken) sockets.renew();
      logout();
    },
  };
  // As the client itself: neither plain nor extensible, for the proxies of state libraries.
  return Object.preventExtensions(Object.setPrototypeOf(shared, client));
}
