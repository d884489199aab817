"use client";

import * as React from "react";
import type { ConnectionState } from "../connection/connection.js";
import { DISCONNECTED } from "../stores/disconnected.js";
import { useClient } from "./client-provider.js";
import { useStore } from "./use-store.js";

/** Returns the connection's state, with a reason that can be shown to a user. */
export function useConnection(): ConnectionState {
  const client = useClient();
  const subscribe = React.useCallback((onChange: () => void) => client.onState(onChange), [client]);
  return useStore(
    subscribe,
    () => client.state,
    // The same while hydrating, so that both renders are equal.
    () => DISCONNECTED,
  );
}
