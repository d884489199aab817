"use client";

import * as React from "react";
import { type DehydratedState, validStates } from "../ssr/dehydrated.js";
import type { HydratedTopics } from "../ssr/hydrated-topics.js";
import { ClientContext, useClientContext } from "./client-provider.js";
import { hydrationOf } from "./hydrated-states.js";

export interface HydrationBoundaryProps {
  /** The results of `prefetchTopic` and its like. Pass the same list while it does not change. */
  readonly state: DehydratedState;
  /** The storage with which the client was created. Without it, the client does not continue from the positions. @default none */
  readonly storage?: HydratedTopics | undefined;
  readonly children?: React.ReactNode;
}

/**
 * Provides state that a server has prefetched to the hooks in its children: the server and hydration render it, and the client
 * continues from it. Once a topic is subscribed to, its updates replace the state.
 */
export function HydrationBoundary({ state, storage, children }: HydrationBoundaryProps): React.ReactElement {
  const context = useClientContext();
  const states = React.useMemo(() => validStates(state, console.error), [state]);
  // In an effect, because on a server all requests share the storage; before those of the children, which subscribe.
  React.useInsertionEffect(() => storage?.add(states), [states, storage]);
  const value = React.useMemo(
    () => ({ ...context, hydration: hydrationOf(states, context.hydration) }),
    [context, states],
  );
  React.useInsertionEffect(() => value.client.tap(({ kind }) => kind === "reset" && value.hydration.reset()), [value]);
  return React.createElement(ClientContext.Provider, { value }, children);
}
