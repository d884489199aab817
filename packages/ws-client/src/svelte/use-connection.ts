import { createSubscriber } from "svelte/reactivity";
import type { ConnectionState } from "../connection/connection.js";
import { useClient } from "./client-context.js";
import type { Current } from "./use-topic.js";

/** Returns the connection's state, with a reason that can be shown to a user. */
export function useConnection(): Current<ConnectionState> {
  const client = useClient();
  const track = createSubscriber((update) => client.onState(update));
  return {
    get current() {
      track();
      return client.state;
    },
  };
}
