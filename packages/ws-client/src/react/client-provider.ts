import { createContext, createElement, type ReactNode, useContext, useMemo } from "react";
import type { Client } from "../client.js";
import { type Frames, framesOf, type RequestFrame } from "./frame-scheduler.js";
import type { TopicStore } from "./topic-store.js";

/** What the hooks below one provider share. */
export interface Shared {
  readonly client: Client;
  readonly frames: Frames;
  /** What mounted components read, so that however many they are, a topic is folded once. */
  readonly stores: Map<string, TopicStore<unknown>>;
}

export const SharedContext = createContext<Shared | undefined>(undefined);

export interface ClientProviderProps {
  readonly client: Client;
  /**
   * When the hooks render what has changed: a function that calls back once, before the next picture.
   *
   * @default requestAnimationFrame, which stands still while a tab is hidden; where there is none, at once
   */
  readonly requestFrame?: RequestFrame;
  readonly children?: ReactNode;
}

/** Hands a client to the hooks below it. The client lives outside React: whoever created it closes it. */
export function ClientProvider({ client, requestFrame, children }: ClientProviderProps): ReactNode {
  const shared = useMemo(() => ({ client, frames: framesOf(requestFrame), stores: new Map() }), [client, requestFrame]);
  return createElement(SharedContext.Provider, { value: shared }, children);
}

/**
 * The client of the nearest `ClientProvider`.
 *
 * @throws Error where there is none
 */
export function useClient(): Client {
  return useShared().client;
}

export function useShared(): Shared {
  const shared = useContext(SharedContext);
  if (shared === undefined) {
    throw new Error("No client: wrap the tree in <ClientProvider client={client}>");
  }
  return shared;
}
