import type { Clock } from "../options.js";

// The timers are looked up at each call, so that a test's fakes are not bypassed.
export const platformTimers: Pick<Clock, "after"> = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
