import type { Socket } from "../../src/connection/socket.js";
import type { Frame } from "../../src/topics/frame.js";

/** A socket that records each write. A test ends a write by calling `onSent`. */
export class FakeSocket implements Socket {
  bufferedBytes = 0;
  readonly writes: string[][] = [];
  readonly closes: [number, string][] = [];
  pings = 0;
  isPaused = false;
  /** Whether frames stay in the socket's buffer. */
  isStuck = false;
  onSent = () => {};

  send(frames: readonly Frame[], onSent: () => void): void {
    if (this.isStuck) for (const { wire } of frames) this.bufferedBytes += wire.length;
    this.writes.push(frames.map(({ text }) => text));
    this.onSent = onSent;
  }

  ping(): void {
    this.pings++;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(code: number, reason: string): void {
    this.closes.push([code, reason]);
  }

  terminate(): void {}
}
