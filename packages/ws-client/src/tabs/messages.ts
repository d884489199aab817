/** The used part of a MessagePort; a BroadcastChannel with one listener at each end has it too. */
export interface PortLike {
  onmessage: ((event: never) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** Requests a connection for one socket of a tab. */
export interface ConnectMessage {
  readonly tab: "connect";
  /** The random name of the tab's socket. The tab holds a Web Lock of that name as long as the socket is in use. */
  readonly id: string;
  readonly url: string;
  /** Whether the shared socket has to be replaced, because the handshake of the next one identifies another user. */
  readonly renew: boolean;
}

/** A message of a tab's socket to the hub. */
export type TabMessage =
  | ConnectMessage
  /** `needsLogin`: the frame is about a private route or operation. */
  | { readonly tab: "send"; readonly frame: string; readonly needsLogin: boolean }
  | { readonly tab: "close" };

/** A message of a hub, with its random name: a tab drops those of a hub that another one has replaced. */
export type HubMessage = { readonly hub: string } & (
  | { /** The hub runs from now on. */ readonly event: "started" }
  | { /** The hub knows the socket. */ readonly event: "accepted" }
  | { readonly event: "open" }
  | { readonly event: "frames"; readonly frames: readonly string[] }
  | { readonly event: "close"; readonly code: number; readonly reason: string }
  | { /** The tab needs a connection that it does not share. */ readonly event: "alone" }
);

/** Returns a random name. `crypto.randomUUID` would need a secure context. */
export function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
}
