/**
 * Measures the longest turn of the event loop, which it keeps busy so that one turn follows another.
 *
 * The CPU time of a turn is the measure for a limit: the wall time of a turn includes the time in which the machine runs other
 * processes, which can be any. It is the CPU time of the process, because Node.js 20 has no other, so a turn can include some of a
 * garbage collection or a compilation in another thread. A thread that waits, for a file or a lock, is only in the wall time.
 */
export class LongestTurn {
  #isMeasuring = false;
  #cpuUs = 0;
  #wallMs = 0;

  start() {
    this.#isMeasuring = true;
    this.#cpuUs = 0;
    this.#wallMs = 0;
    let [lastCpuUs, lastMs] = [processCpuUs(), performance.now()];
    const turn = () => {
      const [cpuUs, ms] = [processCpuUs(), performance.now()];
      this.#cpuUs = Math.max(this.#cpuUs, cpuUs - lastCpuUs);
      this.#wallMs = Math.max(this.#wallMs, ms - lastMs);
      [lastCpuUs, lastMs] = [cpuUs, ms];
      if (this.#isMeasuring) setImmediate(turn);
    };
    setImmediate(turn);
  }

  /** Returns the longest turn since `start`, by each measure. @returns {{ cpuMs: number, wallMs: number }} */
  stop() {
    this.#isMeasuring = false;
    return { cpuMs: this.#cpuUs / 1000, wallMs: this.#wallMs };
  }
}

function processCpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}
