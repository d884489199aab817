"use client";

import * as React from "react";
import type { ConnectionState } from "../connection/connection.js";
import { useClient } from "./client-provider.js";
import { useStore } from "./use-store.js";

/** Rendered on a server and while hydrating, so that both renders are equal. */
const SERVER_STATE: ConnectionState = { status: "disconnected", reason: "Connects with the first subscription" };

/** Returns the connection's state, with a reason that can be shown to a user. */
export function useConnection(): ConnectionState {
  const client = useClient();
  const subscribe = React.useCallback((onChange: () => void) => client.onState(onChange), [client]);
  return useStore(
    subscribe,
    () => client.state,
    () => SERVER_STATE,
  );
}
