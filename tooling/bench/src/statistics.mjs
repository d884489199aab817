/** @param {readonly number[]} samples */
export function median(samples) {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Returns the lower and the upper quartile, between which half of the samples are. @param {readonly number[]} samples */
export function quartiles(samples) {
  const sorted = [...samples].sort((left, right) => left - right);
  return [0.25, 0.75].map((share) => sorted[Math.round((sorted.length - 1) * share)]);
}

/** Returns the median, over the rounds, of one contender's sample divided by another's. @param {readonly number[]} of @param {readonly number[]} to */
export function medianRatio(of, to) {
  return median(of.map((sample, round) => sample / to[round]));
}
