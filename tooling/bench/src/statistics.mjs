/** @param {readonly number[]} samples */
export function median(samples) {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Returns the lower and the upper quartile, between which half of the samples are. @param {readonly number[]} samples */
export function quartiles(samples) {
  return [0.25, 0.75].map((share) => quantile(samples, share));
}

/** Returns the sample below which a share of them is. @param {readonly number[]} samples @param {number} share */
function quantile(samples, share) {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.round((sorted.length - 1) * share)];
}

/**
 * Returns the ratio that nine tenths of the rounds exceed, for comparison with a limit. What the machine does meanwhile hits either side
 * of a round, so it hardly ever raises this figure above a limit, and a side that is slower by itself is slower in all rounds.
 *
 * @param {readonly number[]} of @param {readonly number[]} to
 */
export function lowRatio(of, to) {
  return quantile(
    of.map((sample, round) => sample / to[round]),
    0.1,
  );
}

/** Returns the median, over the rounds, of one contender's sample divided by another's. @param {readonly number[]} of @param {readonly number[]} to */
export function medianRatio(of, to) {
  return median(of.map((sample, round) => sample / to[round]));
}
