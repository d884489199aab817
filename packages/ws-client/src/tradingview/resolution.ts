import { ClientError } from "../errors.js";
import type { Resolution } from "../rest/symbols.js";

/** Minimum duration of a bar. In milliseconds. */
export const MIN_DURATION_MS: Readonly<Record<Resolution, number>> = {
  "1": 60_000,
  "5": 300_000,
  "15": 900_000,
  "30": 1_800_000,
  "60": 3_600_000,
  D: 86_400_000,
  W: 604_800_000,
  M: 2_419_200_000,
};

/** Route names by library name. The library writes days, weeks and months with or without a count. */
const BY_LIBRARY_NAME: ReadonlyMap<string, Resolution> = new Map<string, Resolution>([
  ...(Object.keys(MIN_DURATION_MS) as Resolution[]).map((name) => [name, name] as const),
  ["1D", "D"],
  ["1W", "W"],
  ["1M", "M"],
]);

/** All resolutions, by their library names. */
export const LIBRARY_RESOLUTIONS: readonly string[] = ["1", "5", "15", "30", "60", "1D", "1W", "1M"];

/**
 * Returns the route's name for a resolution of the library.
 *
 * @throws ClientError `unknown_resolution`
 */
export function resolutionOf(name: string): Resolution {
  const resolution = BY_LIBRARY_NAME.get(name);
  if (resolution) return resolution;
  const message = `Unsupported resolution "${name}": expected one of ${LIBRARY_RESOLUTIONS.join(", ")}`;
  throw new ClientError("unknown_resolution", message);
}
