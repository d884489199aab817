import { type KeyboardEvent, type ReactNode, useContext, useId, useRef, useState, useSyncExternalStore } from "react";
import type { Client } from "../client.js";
import type { Clock } from "../options.js";
import { SharedContext } from "../react/client-provider.js";
import { Panel } from "./panel.js";
import { ROOT, STYLES } from "./styles.js";

export interface ClientDevtoolsProps {
  /** @default the client of the nearest `ClientProvider` */
  readonly client?: Client;
  /** Whether the panel is open at first. @default false */
  readonly defaultOpen?: boolean;
  /** @default what the system prefers */
  readonly colorScheme?: "light" | "dark";
  /** The nonce of the page's Content-Security-Policy for its one `<style>`. @default none */
  readonly nonce?: string;
  /** Where the time of rates and ticks comes from. @default performance.now and the platform's timers */
  readonly clock?: Clock;
}

/**
 * A button at the lower edge of the page that opens a panel: how the connection stands and why, the topics with their rates
 * and positions, the last 200 frames, gaps and errors. The client is watched only while the panel is open; a server renders
 * nothing.
 *
 * Frames are shown as they are on the wire, account data too. Tokens are left out.
 *
 * @throws Error where there is neither a client nor a `ClientProvider`
 */
export function ClientDevtools({
  client: given,
  defaultOpen = false,
  colorScheme,
  nonce,
  clock,
}: ClientDevtoolsProps): ReactNode {
  const shared = useContext(SharedContext);
  const client = given ?? shared?.client;
  if (client === undefined) {
    throw new Error("No client: give ClientDevtools one, or put it below a <ClientProvider client={client}>");
  }
  const id = useId();
  const [isOpen, setOpen] = useState(defaultOpen);
  const toggle = useRef<HTMLButtonElement>(null);
  // What a server knows of its client is not what the browser's client knows.
  const isServer = useSyncExternalStore(
    () => () => {},
    () => false,
    () => true,
  );
  if (isServer) return null;
  const closeOnEscape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented || !isOpen) return;
    setOpen(false);
    toggle.current?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a key for what is inside, not something to act on
    <div className={ROOT} style={{ colorScheme }} onKeyDown={closeOnEscape}>
      <style nonce={nonce}>{STYLES}</style>
      {/* One button for both ways, so that the focus is never lost. */}
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
