import { useCallback, useSyncExternalStore } from "react";
import type { ConnectionState } from "../connection.js";
import { useClient } from "./client-provider.js";

/** The state of the connection, with a reason to show a person. */
export function useConnection(): ConnectionState {
  const client = useClient();
  const subscribe = useCallback((changed: () => void) => client.onState(changed), [client]);
  const state = () => client.state;
  return useSyncExternalStore(subscribe, state, state);
}
