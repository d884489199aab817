"use client";

import { createClient } from "@trading/ws-client";
import { ClientProvider } from "@trading/ws-client/react";
import type { ReactNode } from "react";
import { SERVER_URL } from "./server-url";

// Next.js does not pass WebSockets on, so the page connects to the server itself.
const client = createClient({ url: `${SERVER_URL.replace(/^http/, "ws")}/api/v1/ws` });

/** A client cannot be passed from a server component, because it cannot be serialized: so it is created here. */
export function Providers({ children }: { readonly children: ReactNode }) {
  return <ClientProvider client={client}>{children}</ClientProvider>;
}
