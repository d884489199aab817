import type { CDPSession, Page } from "playwright";

/** A place on the screen, in pixels of the viewport. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A finger on the touch screen of a page. */
export class Finger {
  readonly #devtools: CDPSession;
  #at: Point = { x: 0, y: 0 };

  private constructor(devtools: CDPSession) {
    this.#devtools = devtools;
  }

  static async of(page: Page): Promise<Finger> {
    return new Finger(await page.context().newCDPSession(page));
  }

  /** Touches the screen. */
  async press(point: Point): Promise<void> {
    this.#at = point;
    await this.#send("touchStart", point);
  }

  /**
   * Swipes upwards, then leaves the screen. Like a hand it does not wait for the page between these events, so that a slow page does not
   * make a long press of a swipe.
   */
  async swipeUp(distance: number): Promise<void> {
    const { x, y } = this.#at;
    const moves: Promise<unknown>[] = [];
    for (let moved = 15; moved <= distance; moved += 15) moves.push(this.#send("touchMove", { x, y: y - moved }));
    await Promise.all([...moves, this.#send("touchEnd")]);
  }

  #send(type: "touchStart" | "touchMove" | "touchEnd", ...touchPoints: readonly Point[]): Promise<unknown> {
    return this.#devtools.send("Input.dispatchTouchEvent", { type, touchPoints: [...touchPoints] });
  }
}
