/** Calls back once, before the next paint. */
export type RequestFrame = (callback: () => void) => void;

/** Batches calls until the next frame, so that React renders them together. */
export interface FrameScheduler {
  /** Requests a frame. @default requestAnimationFrame; without it, calls are not batched */
  requestFrame: RequestFrame | undefined;
  /** Schedules a call. Adding it again within the frame has no effect. */
  add(call: () => void): void;
  delete(call: () => void): void;
}

export function createFrameScheduler(): FrameScheduler {
  const pending = new Set<() => void>();
  let requested: RequestFrame | undefined;
  const flush = () => {
    const calls = [...pending];
    pending.clear();
    requested = undefined;
    for (const call of calls) call();
  };
  return {
    requestFrame: undefined,
    add(call) {
      pending.add(call);
      // Looked up on each use: a server has no requestAnimationFrame, and a test may replace it.
      const request = this.requestFrame ?? globalThis.requestAnimationFrame ?? callImmediately;
      // A frame of a previous function may never come, because its window is closed.
      if (request !== requested) {
        requested = request;
        request(flush);
      }
    },
    delete: (call) => pending.delete(call),
  };
}

const callImmediately: RequestFrame = (callback) => callback();
