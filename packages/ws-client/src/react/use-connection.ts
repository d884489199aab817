import { useCallback, useSyncExternalStore } from "react";
import type { ConnectionState } from "../connection/connection.js";
import { useClient } from "./client-provider.js";

/** What a server renders, whatever its client does, so that the browser's first picture is the same. */
const AT_FIRST: ConnectionState = { status: "connecting", reason: "Connects with the first subscription" };

/** The state of the connection, with a reason to show a person. */
export function useConnection(): ConnectionState {
  const client = useClient();
  const subscribe = useCallback((changed: () => void) => client.onState(changed), [client]);
  return useSyncExternalStore(
    subscribe,
    () => client.state,
    () => AT_FIRST,
  );
}
