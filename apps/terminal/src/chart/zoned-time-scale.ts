import { defaultHorzScaleBehavior, TickMarkType, type Time } from "lightweight-charts";
import { type TimeZone, UTC } from "../page/time-zone.js";

/**
 * The chart library's time scale in a time zone. The library itself knows only UTC: it draws its marks for days, months and years
 * where they begin there. The times of the bars stay the same, since shifted ones would repeat when clocks are set back.
 */
export class ZonedTimeScale extends defaultHorzScaleBehavior() {
  #zone = UTC;
  #formats = formatsOf(UTC);

  get zone(): TimeZone {
    return this.#zone;
  }

  set zone(zone: TimeZone) {
    this.#zone = zone;
    this.#formats = formatsOf(zone);
  }

  override fillWeightsForPoints(
    points: Parameters<InstanceType<ReturnType<typeof defaultHorzScaleBehavior>>["fillWeightsForPoints"]>[0],
    startIndex: number,
  ): void {
    // A weight depends on the previous point.
    const first = Math.max(0, startIndex - 1);
    const zoned = points.slice(first).map((point) => ({ ...point, time: this.#zoned(point.originalTime as number) }));
    super.fillWeightsForPoints(zoned, startIndex - first);
    for (const [index, { timeWeight }] of zoned.entries()) {
      const point = points[first + index];
      if (point && first + index >= startIndex) point.timeWeight = timeWeight;
    }
  }

  /** Formats a mark of the axis. */
  readonly formatMark = (time: Time, type: TickMarkType): string => {
    const { year, month, day, minute } = this.#formats;
    const format =
      type === TickMarkType.Year
        ? year
        : type === TickMarkType.Month
          ? month
          : type === TickMarkType.DayOfMonth
            ? day
            : minute;
    return format.format((time as number) * 1000);
  };

  /** Formats the time under the pointer. @param hasTime whether bars have a time of day */
  formatPointer(time: Time, hasTime: boolean): string {
    const { date, minute } = this.#formats;
    const ms = (time as number) * 1000;
    return hasTime ? `${date.format(ms)}  ${minute.format(ms)}` : date.format(ms);
  }

  #zoned(seconds: number) {
    return this.convertHorzItemToInternal((seconds + this.#zone.offsetAt(seconds * 1000) / 1000) as unknown as Time);
  }
}

function formatsOf(zone: TimeZone) {
  return {
    year: zone.format({ year: "numeric" }),
    month: zone.format({ month: "short" }),
    day: zone.format({ day: "numeric" }),
    minute: zone.format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    date: zone.format({ day: "2-digit", month: "short", year: "numeric" }),
  };
}
