import type { Frame } from "../topics/frame.js";

/**
 * One client's socket, as the engine sees it: the seam behind which a transport lives.
 *
 * Guarantees asked of an implementation: frames leave in the order they were given; nothing here throws or waits for
 * the peer; after `close` nothing is written and no message is handed on.
 */
export interface Socket {
  /** Bytes that were given and have not left for the network yet. */
  readonly bufferedBytes: number;
  /**
   * Sends frames, in one write where the transport can. Drops them once the socket is closing.
   *
   * @param onSent called later, never synchronously, when these frames have left; perhaps not, once the socket is closing
   */
  send(frames: readonly Frame[], onSent: () => void): void;
  /** Asks the peer for a sign of life. */
  ping(): void;
  /** Leaves unread what the peer sends. Messages of what had been read already, one read at most, are still handed on. */
  pause(): void;
  /** Reads on. */
  resume(): void;
  /** Starts the closing handshake, after what was sent. `reason` has at most 123 bytes. */
  close(code: number, reason: string): void;
  /** Cuts the connection without a handshake. */
  terminate(): void;
}

/** What a transport tells the engine of one socket. `onClose` comes exactly once, last. */
export interface SocketHandlers {
  onText(text: string): void;
  onBinary(): void;
  onPong(): void;
  /** The peer broke the protocol, or the network failed: the transport closes by itself. */
  onBroken(): void;
  onClose(code: number): void;
}
