/** Calls back once, before the next paint. */
export type RequestFrame = (callback: () => void) => void;

/** Batches calls until the next frame, so that React renders them together. */
export interface FrameScheduler {
  /** Schedules a call. Adding it again within the frame has no effect. */
  add(call: () => void): void;
  delete(call: () => void): void;
}

export function createFrameScheduler(requestFrame: RequestFrame | undefined): FrameScheduler {
  const pending = new Set<() => void>();
  const flush = () => {
    const calls = [...pending];
    pending.clear();
    for (const call of calls) call();
  };
  return {
    add(call) {
      const isFirst = pending.size === 0;
      pending.add(call);
      // Looked up on each use: a server has no requestAnimationFrame, and a test may replace it.
      if (isFirst) (requestFrame ?? globalThis.requestAnimationFrame ?? callImmediately)(flush);
    },
    delete: (call) => pending.delete(call),
  };
}

const callImmediately: RequestFrame = (callback) => callback();
