// No client: the page makes updates itself, which is the least that it costs to show them.

/** The pace of the bench: 100 updates every 10 ms. */
const [UPDATES, TURN_MS] = [100, 10];

/** @typedef {((update: { volume: number }) => void)[]} Listeners */

/** @returns {Listeners} */
export function connect() {
  return [];
}

/** @param {Listeners} listeners @param {string} _symbol @param {Listeners[number]} onUpdate */
export function subscribe(listeners, _symbol, onUpdate) {
  listeners.push(onUpdate);
}

/** Makes updates of all topics in rotation. In each frame, those that are due. @param {Listeners} listeners @param {number} count */
export function play(listeners, count) {
  const startedAt = performance.now();
  const firstVolume = 1_000_000_000_000_000 + Math.floor(startedAt * 1_000);
  let done = 0;
  const onFrame = (/** @type {number} */ now) => {
    const due = Math.min(count, UPDATES * Math.ceil((now - startedAt) / TURN_MS));
    for (; done < due; done++) listeners[done % listeners.length]({ volume: firstVolume + done });
    if (done < count) requestAnimationFrame(onFrame);
  };
  requestAnimationFrame(onFrame);
}
