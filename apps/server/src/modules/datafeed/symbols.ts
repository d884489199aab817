import type { Instrument } from "./market-source.js";
import { isFiner, type Resolution } from "./resolution.js";
import type { Datafeed } from "./service.js";

/*
 * The datafeed's instruments in the format of the charting library (tradingview.com/charting-library-docs).
 */

/** The library writes days, weeks and months with a count. */
const LIBRARY_NAMES: Partial<Readonly<Record<Resolution, string>>> = { D: "1D", W: "1W", M: "1M" };

/** Maximum number of results of one search. */
const MAX_HITS = 50;

/** A search. An empty string matches everything. */
export interface Search {
  readonly query: string;
  readonly exchange: string;
  readonly type: string;
}

/** Returns the configuration of the charts. */
export function chartConfiguration(datafeed: Datafeed) {
  const instruments = [...datafeed.instruments.values()];
  const exchanges = [...new Set(instruments.map(({ exchange }) => exchange))].sort();
  const types = [...new Set(instruments.map(({ type }) => type))].sort();
  return {
    supported_resolutions: libraryResolutions(datafeed),
    exchanges: [
      { value: "", name: "All exchanges", desc: "" },
      ...exchanges.map((exchange) => ({ value: exchange, name: exchange, desc: exchange })),
    ],
    symbols_types: [{ name: "All types", value: "" }, ...types.map((type) => ({ name: nameOf(type), value: type }))],
    supports_marks: false,
    supports_time: true,
  };
}

/**
 * Returns the instruments whose symbol or description contains a text, ignoring case. Exact matches come first, then
 * symbols that start with it.
 */
export function searchInstruments(datafeed: Datafeed, { query, exchange, type }: Search) {
  const wanted = query.trim().toLowerCase();
  const rank = ({ symbol, description }: Instrument) => {
    const name = symbol.toLowerCase();
    if (name === wanted) return 0;
    if (name.startsWith(wanted)) return 1;
    return name.includes(wanted) || description.toLowerCase().includes(wanted) ? 2 : undefined;
  };
  const hits: { readonly instrument: Instrument; readonly rank: number }[] = [];
  for (const instrument of datafeed.instruments.values()) {
    if (exchange !== "" && instrument.exchange !== exchange) continue;
    if (type !== "" && instrument.type !== type) continue;
    const at = rank(instrument);
    if (at !== undefined) hits.push({ instrument, rank: at });
  }
  return hits
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MAX_HITS)
    .map(({ instrument: { symbol, description, exchange: at, type: kind } }) => ({
      symbol,
      ticker: symbol,
      description,
      exchange: at,
      type: kind,
    }));
}

/**
 * Returns the metadata of a symbol for a chart.
 *
 * @param name as `AAPL`, or with its exchange as `NASDAQ:AAPL`
 * @throws DatafeedError `unknown_symbol`
 */
export function resolveSymbol(datafeed: Datafeed, name: string) {
  const bare = name.slice(name.indexOf(":") + 1);
  const qualified = datafeed.instruments.get(bare);
  const isQualified = qualified !== undefined && name === `${qualified.exchange}:${bare}`;
  const instrument = datafeed.instrument(isQualified ? bare : name);
  const { symbol, description, exchange, type, currency, priceStep, qtyStep } = instrument;
  const pricescale = 10 ** digitsOf(priceStep);
  return {
    name: symbol,
    ticker: symbol,
    description,
    type,
    session: instrument.session ?? "24x7",
    timezone: instrument.timezone ?? "Etc/UTC",
    exchange,
    listed_exchange: exchange,
    format: "price" as const,
    minmov: Math.round(priceStep * pricescale),
    pricescale,
    supported_resolutions: libraryResolutions(datafeed),
    has_intraday: datafeed.resolutions.some((resolution) => isFiner(resolution, "D")),
    has_daily: datafeed.resolutions.includes("D"),
    has_weekly_and_monthly: true,
    volume_precision: digitsOf(qtyStep),
    currency_code: currency,
    data_status: "streaming" as const,
    market_status: datafeed.hasEnded(symbol) ? ("ended" as const) : ("open" as const),
  };
}

function libraryResolutions({ resolutions }: Datafeed): string[] {
  return resolutions.map((resolution) => LIBRARY_NAMES[resolution] ?? resolution);
}

/** Returns the number of decimals of a step: 2 for 0.25. At most 8. */
function digitsOf(step: number): number {
  let digits = 0;
  while (digits < 8 && Number(step.toFixed(digits)) !== step) digits++;
  return digits;
}

function nameOf(type: string): string {
  return type.charAt(0).toUpperCase() + type.slice(1);
}
