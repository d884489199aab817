/** Calls back once, when the next picture is about to be made. */
export type RequestFrame = (callback: () => void) => void;

/** Gathers calls until the next frame and makes them in one go, which React answers with one render. */
export interface Frames {
  /** However often a call is added within a frame, it is made once. */
  add(call: () => void): void;
  delete(call: () => void): void;
}

export function framesOf(requestFrame: RequestFrame | undefined): Frames {
  const waiting = new Set<() => void>();
  const flush = () => {
    const due = [...waiting];
    waiting.clear();
    for (const call of due) call();
  };
  return {
    add(call) {
      const isFirst = waiting.size === 0;
      waiting.add(call);
      // Looked up late: a server has none, and a test may put its own there.
      if (isFirst) (requestFrame ?? globalThis.requestAnimationFrame ?? atOnce)(flush);
    },
    delete: (call) => waiting.delete(call),
  };
}

const atOnce: RequestFrame = (callback) => callback();
