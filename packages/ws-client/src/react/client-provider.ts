"use client";

import * as React from "react";
import type { Client } from "../client.js";
import type { BrokerRest, DatafeedRest } from "../rest/rest.js";
import type { BarHistoryState } from "../stores/bar-history.js";
import { createFrameScheduler, type FrameScheduler, type RequestFrame } from "../stores/frame-scheduler.js";
import type { QuoteState } from "../stores/quote-board.js";
import type { InitialState, SharedStore } from "../stores/shared-store.js";
import type { Collection, SubscribeArguments } from "../stores/topic-store.js";
import { text } from "../text.js";

/** The server's REST routes, from `createRest` or your own. */
export type RestRoutes = DatafeedRest & BrokerRest;

/** State that all hooks under one provider share. */
export interface ClientContextValue {
  readonly client: Client;
  readonly rest: RestRoutes | undefined;
  readonly frames: FrameScheduler;
  /** Stores of the topics that mounted components read, so that components with the same topic share one. */
  readonly stores: Map<string, SharedStore<unknown>>;
  /** The state that a server has rendered, from `HydrationBoundary`. */
  readonly hydration?: Hydration | undefined;
}

/** Finds the state that a server has rendered. */
export interface Hydration {
  /** @param last as in `topicStore` */
  topic<Update>(
    topic: SubscribeArguments<Update> & { readonly topic: string },
    last: number | undefined,
  ): InitialState<Collection<Update>> | undefined;
  quote(symbol: string): InitialState<QuoteState> | undefined;
  /** @param topic the topic of its live bars */
  history(topic: string): InitialState<BarHistoryState> | undefined;
}

/** The property of React that has the context. Increase the number with each incompatible change of the context's value. */
const KEY = Symbol.for("@trading/ws-client/react 2");

export const ClientContext = sharedContext();

export interface ClientProviderProps {
  readonly client: Client;
  /** The REST routes for `useBarHistory` and the commands. @default that of a parent with the same client */
  readonly rest?: RestRoutes | undefined;
  /**
   * Schedules the next render of the hooks: calls its callback once, before the next paint. Can be a new function on every
   * render. In a popout window, pass that window's `requestAnimationFrame`: the opener's pauses while the opener is hidden.
   *
   * @default requestAnimationFrame, which pauses in a hidden tab; without it, updates render immediately
   */
  readonly requestFrame?: RequestFrame | undefined;
  readonly children?: React.ReactNode;
}

/**
 * Provides a client to the hooks in its children. Create the client outside of React, or in the effect that closes it.
 * Nested providers with the same client share their topics.
 */
export function ClientProvider({ client, rest, requestFrame, children }: ClientProviderProps): React.ReactElement {
  const context = React.useContext(ClientContext);
  const parent = context?.client === client ? context : undefined;
  const routes = rest ?? parent?.rest;
  // Stores that load from other routes are others.
  const shared = parent?.rest === routes ? parent?.stores : undefined;
  const value = React.useMemo(
    () => ({
      client,
      rest: routes,
      frames: createFrameScheduler(),
      stores: shared ?? new Map(),
      hydration: parent?.hydration,
    }),
    [client, routes, shared, parent?.hydration],
  );
  React.useInsertionEffect(() => {
    value.frames.requestFrame = requestFrame;
  });
  React.useEffect(() => {
    if (client.state.status === "closed")
      console.error(text`Closed client: create it in the effect that closes it, because StrictMode repeats effects`);
  }, [client]);
  return React.createElement(ClientContext.Provider, { value }, children);
}

/**
 * Returns the client of the nearest `ClientProvider`.
 *
 * @throws Error without a `ClientProvider`
 */
export function useClient(): Client {
  return useClientContext().client;
}

/**
 * Returns the REST routes of the nearest `ClientProvider`.
 *
 * @throws Error without the property `rest`
 */
export function useRest(): RestRoutes {
  const { rest } = useClientContext();
  if (rest === undefined) throw new Error(text`No REST routes: pass rest={createRest({ … })} to <ClientProvider>`);
  return rest;
}

export function useClientContext(): ClientContextValue {
  const value = React.useContext(ClientContext);
  if (value === undefined) {
    throw new Error(
      text`No client: wrap the tree in <ClientProvider client={client}>, and load one copy of react and @trading/ws-client`,
    );
  }
  return value;
}

/**
 * Returns the context, which all copies of this package share: an application can import the ESM build while a library
 * requires the CommonJS build. React has it, because it does not work with another copy of React.
 *
 * @throws Error in a server component. Its build of React has no hooks, so all files import the namespace: a named import
 * would fail before this with a SyntaxError that does not name the cause.
 */
function sharedContext(): React.Context<ClientContextValue | undefined> {
  if (!("useState" in React)) throw new Error('Add "use client" to the file that imports @trading/ws-client/react');
  const holder = React.createContext as typeof React.createContext & { [KEY]?: typeof ClientContext };
  holder[KEY] ??= React.createContext<ClientContextValue | undefined>(undefined);
  return holder[KEY];
}
