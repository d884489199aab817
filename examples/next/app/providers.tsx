"use client";

import { createClient } from "@trading/ws-client";
import { HydrationBoundary } from "@trading/ws-client/hydration";
import { ClientProvider } from "@trading/ws-client/react";
import { type DehydratedState, hydratedTopics } from "@trading/ws-client/ssr";
import type { ReactNode } from "react";
import { STREAM_URL } from "./server-url";

const storage = hydratedTopics();
const client = createClient({ url: STREAM_URL, storage });

/** A client cannot be passed from a server component, because it cannot be serialized: so it is created here. */
export function Providers({ state, children }: { readonly state: DehydratedState; readonly children: ReactNode }) {
  return (
    <ClientProvider client={client}>
      <HydrationBoundary state={state} storage={storage}>
        {children}
      </HydrationBoundary>
    </ClientProvider>
  );
}
