import { createContext, createElement, type ReactNode, useContext, useMemo } from "react";
import type { Client } from "../client.js";
import { createFrameScheduler, type FrameScheduler, type RequestFrame } from "./frame-scheduler.js";
import type { TopicStore } from "./topic-store.js";

/** State that all hooks under one provider share. */
export interface ClientContextValue {
  readonly client: Client;
  readonly frames: FrameScheduler;
  /** Stores of the topics that mounted components read, so that components with the same topic share one. */
  readonly stores: Map<string, TopicStore<unknown>>;
}

export const ClientContext = createContext<ClientContextValue | undefined>(undefined);

export interface ClientProviderProps {
  readonly client: Client;
  /**
   * Schedules the next render of the hooks: calls its callback once, before the next paint.
   *
   * @default requestAnimationFrame, which pauses in a hidden tab; without it, updates render immediately
   */
  readonly requestFrame?: RequestFrame;
  readonly children?: ReactNode;
}

/** Provides a client to the hooks in its children. Create and close the client outside of React. */
export function ClientProvider({ client, requestFrame, children }: ClientProviderProps): ReactNode {
  const value = useMemo(
    () => ({ client, frames: createFrameScheduler(requestFrame), stores: new Map() }),
    [client, requestFrame],
  );
  return createElement(ClientContext.Provider, { value }, children);
}

/**
 * Returns the client of the nearest `ClientProvider`.
 *
 * @throws Error without a `ClientProvider`
 */
export function useClient(): Client {
  return useClientContext().client;
}

export function useClientContext(): ClientContextValue {
  const value = useContext(ClientContext);
  if (value === undefined) {
    throw new Error("No client: wrap the tree in <ClientProvider client={client}>");
  }
  return value;
}
