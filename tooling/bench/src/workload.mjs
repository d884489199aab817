// The load of every server: bars of symbols, in frames of 196 bytes in this project's protocol.

/** Offset of the time stamps, so that they always have 16 digits; loader.c subtracts it. */
const STAMP_BASE = 1_000_000_000_000_000;

/** Returns a symbol of five characters. @param {number} index @returns {string} */
export function symbolOf(index) {
  return String(index).padStart(5, "0");
}

/** @param {number} index */
export function paramsOf(index) {
  return { symbol: symbolOf(index), resolution: "1" };
}

/** Returns the canonical topic without `@trading/topic`: the cost of building topics is measured separately. @param {string} symbol */
export function topicOf(symbol) {
  return `bars:{"resolution":"1","symbol":"${symbol}"}`;
}

/** Returns the subscribe requests of the first topics. @param {number} count @returns {string[]} */
export function subscribeTexts(count) {
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({ type: "bars.subscribe", payload: paramsOf(index) }),
  );
}

/**
 * Returns a bar whose JSON always has the same length. Its volume is the time of its creation (CLOCK_MONOTONIC,
 * microseconds).
 *
 * @param {number} number of the bar, from which its time follows, which is its key
 */
export function barOf(number) {
  const volume = STAMP_BASE + Number(process.hrtime.bigint() / 1000n);
  return {
    time: 1_700_000_000_000 + (number % 1_000_000) * 60_000,
    open: 1.1,
    high: 1.2,
    low: 1.1,
    close: 1.2,
    volume,
  };
}

/** Returns the message of an update. @param {string} topic @param {object} update */
export function messageOf(topic, update) {
  return { type: "bars.update", payload: { topic, payload: update } };
}

/** Returns the reply to a subscribe or unsubscribe request. @param {string} type @param {string} topic */
export function replyOf(type, topic) {
  const message = type === "bars.subscribe" ? "Subscribed" : "Unsubscribed";
  return { type: `${type}.response`, payload: { status: "ok", message, topic } };
}
