/** The traffic of one direction over the last second. */
export interface Rate {
  /** Characters of the frames as UTF-8, before compression. */
  readonly bytesPerSecond: number;
  readonly framesPerSecond: number;
}

interface Total {
  readonly at: number;
  readonly frames: number;
  readonly bytes: number;
}

const encoder = new TextEncoder();

/** Measures the frames of one direction. */
export class Traffic {
  #frames = 0;
  #bytes = 0;
  /** Totals within the window, oldest first. */
  readonly #totals: Total[] = [];

  record(frame: string): void {
    this.#frames += 1;
    this.#bytes += encoder.encode(frame).length;
  }

  /** Returns the rate since the last total that is at least `windowMs` old, or the oldest one. */
  rate(at: number, windowMs: number): Rate {
    const totals = this.#totals;
    totals.push({ at, frames: this.#frames, bytes: this.#bytes });
    while (totals[1] && at - totals[1].at >= windowMs) totals.shift();
    const [first] = totals;
    const ms = first ? at - first.at : 0;
    if (first === undefined || ms === 0) return { bytesPerSecond: 0, framesPerSecond: 0 };
    return {
      bytesPerSecond: ((this.#bytes - first.bytes) * 1_000) / ms,
      framesPerSecond: ((this.#frames - first.frames) * 1_000) / ms,
    };
  }
}

/** Formats a rate: `12.3 kB/s, 45 frames/s`. */
export function rateText({ bytesPerSecond, framesPerSecond }: Rate): string {
  const kilobytes = bytesPerSecond / 1_000;
  return `${kilobytes.toFixed(kilobytes < 100 ? 1 : 0)} kB/s, ${Math.round(framesPerSecond)} frames/s`;
}
