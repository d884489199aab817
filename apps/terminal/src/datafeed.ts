import type { Bar } from "@trading/topic";
import type { Resolution } from "./chart/resolutions.js";

/** A symbol the server has data of. */
export interface SymbolInfo {
  readonly symbol: string;
  readonly description: string;
  readonly exchange: string;
  /** The lengths of bars there are of it, finest first. */
  readonly resolutions: readonly Resolution[];
}

/** Every symbol of the server. */
export async function fetchSymbols(signal: AbortSignal): Promise<readonly SymbolInfo[]> {
  const { symbols } = await get<{ symbols: SymbolInfo[] }>("symbols", {}, signal);
  return symbols;
}

/** Which past bars. */
export interface BarsQuery {
  readonly symbol: string;
  readonly resolution: string;
  /** Bars that open before this moment, Unix milliseconds; now where it is left out. */
  readonly to?: number;
  /** At most how many, the newest. */
  readonly countBack: number;
}

/** Past bars, ascending. */
export async function fetchBars(query: BarsQuery, signal: AbortSignal): Promise<readonly Bar[]> {
  const { bars } = await get<{ bars: Bar[] }>("bars", { ...query }, signal);
  return bars;
}

async function get<Answer>(path: string, query: Record<string, string | number>, signal: AbortSignal) {
  const params = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const response = await fetch(`/api/v1/datafeed/${path}?${params}`, { signal });
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok || body === undefined) {
    const { message } = (body ?? {}) as { message?: string };
    throw new Error(message ?? `the server answered ${response.status} ${response.statusText}`);
  }
  return body as Answer;
}
