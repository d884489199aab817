import type { Bar } from "@trading/topic";

/** A value of an indicator for each bar; undefined while there are too few bars. */
export type IndicatorValues = readonly (number | undefined)[];

/** Returns the simple moving average: the mean of the last values. */
export function simpleAverage(values: readonly number[], length: number): IndicatorValues {
  let sum = 0;
  return values.map((value, index) => {
    sum += value - (index >= length ? (values[index - length] as number) : 0);
    return index + 1 < length ? undefined : sum / length;
  });
}

/** Returns the exponential moving average, which begins with the mean of the first values. */
export function exponentialAverage(values: readonly number[], length: number): IndicatorValues {
  const weight = 2 / (length + 1);
  let average = 0;
  return values.map((value, index) => {
    if (index < length) {
      average += value / length;
      return index + 1 < length ? undefined : average;
    }
    average += (value - average) * weight;
    return average;
  });
}

/**
 * Returns the volume-weighted average price since the beginning of the day. The price of a bar is the mean of high, low and close.
 *
 * @param dayOf returns the number of a bar's day
 */
export function volumeWeightedPrice(bars: readonly Bar[], dayOf: (ms: number) => number): IndicatorValues {
  let day: number | undefined;
  let [volumes, products] = [0, 0];
  return bars.map(({ time, high, low, close, volume }) => {
    const current = dayOf(time);
    if (current !== day) [day, volumes, products] = [current, 0, 0];
    volumes += volume;
    products += volume * ((high + low + close) / 3);
    return volumes === 0 ? undefined : products / volumes;
  });
}

/** Returns the relative strength index with Wilder's smoothing, from 0 to 100; 50 while prices do not change. */
export function relativeStrength(values: readonly number[], length: number): IndicatorValues {
  let [gain, loss] = [0, 0];
  return values.map((value, index) => {
    if (index === 0) return undefined;
    const change = value - (values[index - 1] as number);
    const [up, down] = [Math.max(change, 0), Math.max(-change, 0)];
    if (index <= length) {
      gain += up / length;
      loss += down / length;
      if (index < length) return undefined;
    } else {
      gain += (up - gain) / length;
      loss += (down - loss) / length;
    }
    return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
  });
}
