import type { Frame } from "../topics/frame.js";

/**
 * One client's socket: the interface that a transport implements.
 *
 * An implementation guarantees: frames leave in the order in which they were passed; no method throws or waits for the
 * client; after `close` nothing is written and no message is passed on.
 */
export interface Socket {
  /** Bytes passed to the socket that have not left for the network. */
  readonly bufferedBytes: number;
  /** Bytes received so far, those of headers and control frames included. @default not known, and therefore not limited */
  readonly receivedBytes?: number;
  /**
   * Sends frames, in one write if the transport can. Drops them once the socket is closing.
   *
   * @param maxBatchBytes maximum length of a message with several frames, which are separated by line feeds. A transport can
   * ignore it and send each frame as a message. 0 = the client does not accept such messages
   * @param onSent called asynchronously when these frames have left; not necessarily called once the socket is closing
   */
  send(frames: readonly Frame[], onSent: () => void, maxBatchBytes: number): void;
  /** Sends a WebSocket ping. */
  ping(): void;
  /** Stops reading. Messages of the last read, at most one read's worth, are still passed on. */
  pause(): void;
  /** Resumes reading. */
  resume(): void;
  /** Starts the closing handshake, after all frames passed before. `reason` has at most 123 bytes. */
  close(code: number, reason: string): void;
  /** Destroys the connection without a closing handshake. */
  terminate(): void;
}

/** The events that a transport reports for one socket. `onClose` is called exactly once, last. */
export interface SocketHandlers {
  onText(text: string): void;
  onBinary(): void;
  /** A ping was received. The transport answers it. */
  onPing?(): void;
  onPong(): void;
  /** The client violated the WebSocket protocol, or the network failed. The transport closes the socket itself. */
  onBroken(): void;
  onClose(code: number): void;
}

/** A received text frame; undefined for a binary one, which is refused. */
export type ClientRequest = string | undefined;
