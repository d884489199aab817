// What every server is asked to stream: bars of symbols, in frames of 196 bytes where the protocol is ours.

/** Added to a stamp, so that it always has 16 digits; loader.c takes it off. */
const STAMP_BASE = 1_000_000_000_000_000;

/** @param {number} index @returns {string} of five characters */
export function symbolOf(index) {
  return String(index).padStart(5, "0");
}

/** @param {number} index */
export function paramsOf(index) {
  return { symbol: symbolOf(index), resolution: "1" };
}

/** The canonical topic, written by hand: a bench of servers does not measure how topics are built. @param {string} symbol */
export function topicOf(symbol) {
  return `bars:{"resolution":"1","symbol":"${symbol}"}`;
}

/** @param {number} count @returns {string[]} the subscribe requests of the first topics */
export function subscribeTexts(count) {
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({ type: "bars.subscribe", payload: paramsOf(index) }),
  );
}

/**
 * A bar whose JSON always has the same length. Its volume tells when it was made (CLOCK_MONOTONIC, microseconds).
 *
 * @param {number} number of the bar; it decides the bar's time, which is its key
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

/** The update's message. @param {string} topic @param {object} update */
export function messageOf(topic, update) {
  return { type: "bars.update", payload: { topic, payload: update } };
}

/** What a server replies to a subscribe or unsubscribe request. @param {string} type @param {string} topic */
export function replyOf(type, topic) {
  const message = type === "bars.subscribe" ? "Subscribed" : "Unsubscribed";
  return { type: `${type}.response`, payload: { status: "ok", message, topic } };
}
