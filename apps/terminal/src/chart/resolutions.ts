import type { ParamsOf } from "@trading/topic";
import type { bars } from "@trading/topic/shapes";

export type Resolution = ParamsOf<typeof bars>["resolution"];

/** All resolutions: protocol id, button label and accessible name. */
export const RESOLUTIONS: readonly { readonly id: Resolution; readonly label: string; readonly name: string }[] = [
  { id: "1", label: "1m", name: "1 minute" },
  { id: "5", label: "5m", name: "5 minutes" },
  { id: "15", label: "15m", name: "15 minutes" },
  { id: "30", label: "30m", name: "30 minutes" },
  { id: "60", label: "1h", name: "1 hour" },
  { id: "D", label: "D", name: "1 day" },
  { id: "W", label: "W", name: "1 week" },
  { id: "M", label: "M", name: "1 month" },
];

/** Returns whether a bar covers a day or more, so that the axis needs no time of day. */
export function isDaily(resolution: Resolution): boolean {
  return resolution === "D" || resolution === "W" || resolution === "M";
}

/** Returns the name of a resolution: `5 minutes`. */
export function nameOf(resolution: Resolution): string {
  return RESOLUTIONS.find(({ id }) => id === resolution)?.name ?? resolution;
}
