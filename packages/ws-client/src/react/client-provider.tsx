import { createContext, type ReactNode, useContext } from "react";
import type { Client } from "../client.js";

const ClientContext = createContext<Client | undefined>(undefined);

/** Hands a client to the hooks below it. The client lives outside React: whoever created it closes it. */
export function ClientProvider({ client, children }: { client: Client; children?: ReactNode }): ReactNode {
  return <ClientContext.Provider value={client}>{children}</ClientContext.Provider>;
}

/**
 * The client of the nearest `ClientProvider`.
 *
 * @throws Error where there is none
 */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === undefined) {
    throw new Error("No client: wrap the tree in <ClientProvider client={createClient({ url })}>");
  }
  return client;
}
