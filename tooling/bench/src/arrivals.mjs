import { MAX_LEVELS } from "./workload.mjs";

/**
 * A load: the topics that clients hold, and the times at which updates arrive.
 *
 * @typedef {object} Load
 * @property {string} name
 * @property {string} title
 * @property {number} connections
 * @property {number} each topics per connection
 * @property {readonly number[]} held the topic of connection `i`'s `j`th subscription, at `i + j * connections`
 * @property {(count: number) => Arrivals} arrivals the first `count` updates; the same in each call
 * @property {boolean} [isMarket] updates are books of different sizes instead of bars
 */

/**
 * Updates in the order of their arrival. `at` counts updates: at a pace of 1,000 a second, an update at 500 arrives after half a
 * second. `levels` are the price levels of a book.
 *
 * @typedef {{ topics: Uint16Array, at: Float64Array, levels: Uint8Array }} Arrivals
 */

const MARKET_TOPICS = 5_000;
/** Mean number of updates that arrive together. */
const BURST = 20;

/** The loads by name, with fewer connections for a quick run. @param {boolean} quick @returns {Load[]} */
export function loads(quick) {
  const connections = quick ? 25 : 1_000;
  return [oneTopic(connections), manyTopics(connections), marketOpen(connections)];
}

/** @param {number} connections @returns {Load} */
function oneTopic(connections) {
  return {
    name: "A",
    title: "A: every connection subscribes to the same topic",
    connections,
    each: 1,
    held: new Array(connections).fill(0),
    arrivals: (count) => inRotation(count, 1),
  };
}

/** @param {number} connections @returns {Load} */
function manyTopics(connections) {
  const [topics, each, stride] = [500, 20, 25];
  const held = Array.from({ length: connections * each }, (_, index) => {
    const [connection, nth] = [index % connections, Math.floor(index / connections)];
    return (connection + nth * stride) % topics;
  });
  return {
    name: "B",
    title: "B: 500 topics, 20 per connection",
    connections,
    each,
    held,
    arrivals: (count) => inRotation(count, topics),
  };
}

/**
 * A market open: popular symbols, by Zipf's law, change more often and are held by more clients; updates come in bursts of 20 on
 * average (geometric), at random times (a Poisson process), and have 200 to 2,000 bytes (small ones more often).
 *
 * @param {number} connections @returns {Load}
 */
function marketOpen(connections) {
  const each = 30;
  const popular = zipf(MARKET_TOPICS);
  const random = seeded(1);
  const held = new Array(connections * each);
  for (let connection = 0; connection < connections; connection++) {
    const own = new Set();
    while (own.size < each) own.add(popular(random()));
    for (const [nth, topic] of [...own].entries()) held[connection + nth * connections] = topic;
  }
  return {
    name: "D",
    title: "D: a market open, 5,000 topics of different popularity, 30 per connection, bursts, 200 to 2,000 bytes",
    connections,
    each,
    held,
    isMarket: true,
    arrivals(count) {
      const arrivals = empty(count);
      const draw = seeded(2);
      let at = 0;
      let left = 0;
      for (let index = 0; index < count; index++) {
        if (left === 0) {
          left = Math.ceil(Math.log(1 - draw()) / Math.log(1 - 1 / BURST)) || 1;
          at += -Math.log(1 - draw()) * BURST;
        }
        left--;
        arrivals.at[index] = at;
        arrivals.topics[index] = popular(draw());
        arrivals.levels[index] = Math.floor((MAX_LEVELS + 1) ** draw()) - 1;
      }
      return arrivals;
    },
  };
}

/** Updates to topics in rotation, each at a random time (a Poisson process). @param {number} count @param {number} topics @returns {Arrivals} */
function inRotation(count, topics) {
  const arrivals = empty(count);
  const draw = seeded(3);
  let at = 0;
  for (let index = 0; index < count; index++) {
    at += -Math.log(1 - draw());
    arrivals.at[index] = at;
    arrivals.topics[index] = index % topics;
  }
  return arrivals;
}

/** @param {number} count @returns {Arrivals} */
function empty(count) {
  return { topics: new Uint16Array(count), at: new Float64Array(count), levels: new Uint8Array(count) };
}

/** Returns the number of deliveries of the first `count` updates. @param {Load} load @param {number} count */
export function deliveriesOf({ held, arrivals }, count) {
  const holders = new Uint32Array(MARKET_TOPICS);
  for (const topic of held) holders[topic]++;
  return arrivals(count).topics.reduce((sum, topic) => sum + holders[topic], 0);
}

/** Returns a function from a number in [0, 1) to an element; the `n`th has the weight 1/n. @param {number} count */
function zipf(count) {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let index = 0; index < count; index++) sums[index] = sum += 1 / (index + 1);
  return (/** @type {number} */ value) => {
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] > value * sum) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Returns a generator of numbers in [0, 1) that a seed repeats (mulberry32). @param {number} seed */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
