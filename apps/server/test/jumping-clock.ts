import { ManualClock } from "@trading/ws-server/testing";

/** A manual clock whose system time can be set, as by a user, or while the computer is suspended and `monotonic` stands still. */
export class JumpingClock extends ManualClock {
  #offset = 0;

  override now(): number {
    return super.now() + this.#offset;
  }

  /** Sets the system time forward or back. No timer becomes due. */
  jump(ms: number): void {
    this.#offset += ms;
  }
}
