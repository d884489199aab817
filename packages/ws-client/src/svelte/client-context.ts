import { getContext, setContext } from "svelte";
import type { Client } from "../client.js";

/** All copies of this package share it: an application can import the ESM build while a library requires the CommonJS build. */
const KEY = /* @__PURE__ */ Symbol.for("@trading/ws-client/svelte");

/** Provides a client to the children of the component. Call it while the component is initialized. */
export function provideClient(client: Client): void {
  setContext(KEY, client);
}

/**
 * Returns the client that a parent component provides. Call it while the component is initialized.
 *
 * @throws Error without one
 */
export function useClient(): Client {
  const client = getContext<Client | undefined>(KEY);
  if (client === undefined) throw new Error("No client: call provideClient(client) in a parent component");
  return client;
}
