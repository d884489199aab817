import type { RESOLUTIONS } from "@trading/topic";
import { ClientError } from "../errors.js";

/** A bar length as the route `bars` names it. */
export type Resolution = (typeof RESOLUTIONS)[number];

/** How long a bar lasts at least. In milliseconds. */
export const LEAST_MS: Readonly<Record<Resolution, number>> = {
  "1": 60_000,
  "5": 300_000,
  "15": 900_000,
  "30": 1_800_000,
  "60": 3_600_000,
  D: 86_400_000,
  W: 604_800_000,
  M: 2_419_200_000,
};

/** The library writes days, weeks and months with and without a count. */
const BY_LIBRARY_NAME: ReadonlyMap<string, Resolution> = new Map<string, Resolution>([
  ...(Object.keys(LEAST_MS) as Resolution[]).map((name) => [name, name] as const),
  ["1D", "D"],
  ["1W", "W"],
  ["1M", "M"],
]);

/** The resolutions as the library names them. */
export const LIBRARY_RESOLUTIONS: readonly string[] = ["1", "5", "15", "30", "60", "1D", "1W", "1M"];

/**
 * The route's name of a library's resolution.
 *
 * @throws ClientError `unknown_resolution`
 */
export function resolutionOf(name: string): Resolution {
  const resolution = BY_LIBRARY_NAME.get(name);
  if (resolution) return resolution;
  const message = `There are no bars of resolution ${name}: choose one of ${LIBRARY_RESOLUTIONS.join(", ")}`;
  throw new ClientError("unknown_resolution", message);
}
