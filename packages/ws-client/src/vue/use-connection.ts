import { type ShallowRef, shallowRef } from "vue";
import type { ConnectionState } from "../connection/connection.js";
import { DISCONNECTED } from "../stores/disconnected.js";
import { useClient } from "./client-key.js";
import { whileActive } from "./while-active.js";

/** Returns the connection's state, with a reason that can be shown to a user. */
export function useConnection(): Readonly<ShallowRef<ConnectionState>> {
  const client = useClient();
  const state = shallowRef(DISCONNECTED);
  const update = () => {
    state.value = client.state;
  };
  whileActive(
    () => client,
    () => {
      update();
      return client.onState(update);
    },
  );
  return state;
}
