import type { Instrument } from "../../market-source.js";

/** An instrument and the parameters of its simulated market. */
export interface SimulatedInstrument extends Instrument {
  /** Price around which the simulated price moves. */
  readonly price: number;
  /** Standard deviation of the daily change, as a fraction of the price. */
  readonly volatility: number;
  /** Average volume per second. */
  readonly volume: number;
}

const STOCK = {
  type: "stock",
  currency: "USD",
  priceStep: 0.01,
  qtyStep: 1,
  minQty: 1,
  maxQty: 1_000_000,
  spread: 0.02,
};
const NASDAQ = { ...STOCK, exchange: "NASDAQ" };

export const INSTRUMENTS: readonly SimulatedInstrument[] = [
  { symbol: "AAPL", description: "Apple Inc.", price: 190, volatility: 0.014, volume: 640, ...NASDAQ },
  { symbol: "MSFT", description: "Microsoft Corporation", price: 410, volatility: 0.013, volume: 250, ...NASDAQ },
  { symbol: "GOOGL", description: "Alphabet Inc.", price: 165, volatility: 0.016, volume: 310, ...NASDAQ },
  { symbol: "AMZN", description: "Amazon.com, Inc.", price: 180, volatility: 0.017, volume: 470, ...NASDAQ },
  { symbol: "NVDA", description: "NVIDIA Corporation", price: 120, volatility: 0.025, volume: 2_900, ...NASDAQ },
  { symbol: "META", description: "Meta Platforms, Inc.", price: 520, volatility: 0.019, volume: 170, ...NASDAQ },
  { symbol: "TSLA", description: "Tesla, Inc.", price: 230, volatility: 0.029, volume: 1_100, ...NASDAQ },
  { symbol: "NFLX", description: "Netflix, Inc.", price: 640, volatility: 0.02, volume: 40, ...NASDAQ },
  {
    symbol: "SPY",
    description: "SPDR S&P 500 ETF Trust",
    ...STOCK,
    exchange: "NYSE Arca",
    price: 550,
    volatility: 0.008,
    volume: 720,
  },
  {
    symbol: "BTCUSD",
    description: "Bitcoin / US Dollar",
    exchange: "COINBASE",
    type: "crypto",
    currency: "USD",
    priceStep: 0.01,
    qtyStep: 0.001,
    minQty: 0.001,
    maxQty: 1_000,
    spread: 1,
    price: 62_000,
    volatility: 0.023,
    volume: 3,
  },
];
