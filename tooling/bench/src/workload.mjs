// The load of every server: bars of symbols, in frames of 196 bytes in this project's protocol.

/** Offset of the time stamps, so that they always have 16 digits; loader.c subtracts it. */
export const STAMP_BASE = 1_000_000_000_000_000;

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
  const volume = stampOf(Number(process.hrtime.bigint() / 1000n));
  return {
    time: 1_700_000_000_000 + (number % 1_000_000) * 60_000,
    open: 1.1,
    high: 1.2,
    low: 1.1,
    close: 1.2,
    volume,
  };
}

/** The field that the loader reads. @param {number} us microseconds of CLOCK_MONOTONIC */
export function stampOf(us) {
  return STAMP_BASE + Math.floor(us);
}

/** Price levels of the largest book, whose frame has 2,000 bytes. */
export const MAX_LEVELS = 145;

/** The levels of all books, which take the first of them. */
const LEVELS = Array.from({ length: MAX_LEVELS }, (_, level) => [100 + (level % 90) / 100, 100 + level]);

/** Returns an update of a book. @param {number} levels @param {number} volume */
export function bookOf(levels, volume) {
  return {
    time: 1_700_000_000_000,
    open: 1.1,
    high: 1.2,
    low: 1.1,
    close: 1.2,
    volume,
    levels: LEVELS.slice(0, levels),
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
