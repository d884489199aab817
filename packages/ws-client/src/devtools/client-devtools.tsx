"use client";

import * as React from "react";

import type { Client } from "../client.js";
import { ClientContext } from "../react/client-provider.js";
import type { Clock } from "../timers.js";
import { Panel } from "./panel.js";
import { ROOT, STYLES } from "./styles.js";

export interface ClientDevtoolsProps {
  /** The client to show. @default the client of the nearest `ClientProvider` */
  readonly client?: Client;
  /** Whether the panel is initially open. @default false */
  readonly defaultOpen?: boolean;
  /** @default the system's color scheme */
  readonly colorScheme?: "light" | "dark";
  /** Nonce of the panel's `<style>` element for the page's Content-Security-Policy. @default none */
  readonly nonce?: string;
  /** Clock for rates and ticks. @default performance.now and the platform's timers */
  readonly clock?: Clock;
}

/**
 * Renders a button at the bottom of the page that opens a panel: the connection with its reason, the topics with their rates
 * and positions, and the last 200 frames, gaps and errors. It listens to the client only while the panel is open, and renders
 * nothing on a server.
 *
 * Frames are shown as sent and received, including account data. Tokens are omitted.
 *
 * @throws Error without a client and without a `ClientProvider`
 */
export function ClientDevtools({
  client: given,
  defaultOpen = false,
  colorScheme,
  nonce,
  clock,
}: ClientDevtoolsProps): React.ReactElement | null {
  const context = React.useContext(ClientContext);
  const client = given ?? context?.client;
  if (client === undefined) {
    throw new Error(
      "No client: pass the property client to ClientDevtools, or render it inside a <ClientProvider client={client}>",
    );
  }
  const id = React.useId();
  const [isOpen, setOpen] = React.useState(defaultOpen);
  const toggle = React.useRef<HTMLButtonElement>(null);
  // A server's client has a different state than the browser's.
  const isServer = React.useSyncExternalStore(
    () => () => {},
    () => false,
    () => true,
  );
  if (isServer) return null;
  const closeOnEscape = (event: React.KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented || !isOpen) return;
    setOpen(false);
    toggle.current?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: handles a key of its children and is not interactive itself
    <div className={ROOT} style={{ colorScheme }} onKeyDown={closeOnEscape}>
      <style nonce={nonce}>{STYLES}</style>
      {/* One button opens and closes the panel, so that it keeps the focus. */}
      <button
        ref={toggle}
        type="button"
        className="td-toggle"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? "Close" : "Streams"}
      </button>
      {isOpen && <Panel client={client} clock={clock} id={id} />}
    </div>
  );
}
