// @vitest-environment happy-dom

import type { QuoteData } from "@trading/topic";
import { createClient } from "@trading/ws-client";
import { ClientProvider } from "@trading/ws-client/react";
import { createRest } from "@trading/ws-client/rest";
import { act } from "react";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { BarFeed } from "../src/chart/bar-feed.js";
import { ChartPanel } from "../src/chart/chart-panel.js";
import { UNKNOWN_INSTRUMENT } from "../src/market/instrument.js";
import { AllQuotes } from "../src/market/use-all-quotes.js";
import { type Services, ServicesProvider } from "../src/page/services.js";
import { useStages } from "../src/page/use-stages.js";
import { NEW_DRAFT } from "../src/trading/draft.js";
import { OrderTicket } from "../src/trading/order-ticket.js";
import { renderPage } from "./page.js";

type BarFeedProps = Parameters<typeof BarFeed>[0];

/** The charts that were created, and the properties of the feed of their bars, as the mocks record them. */
const { charts, feeds } = vi.hoisted(() => ({ charts: [] as object[], feeds: [] as BarFeedProps[] }));
vi.mock("../src/chart/chart-view.js", () => ({
  ChartView: class {
    constructor() {
      charts.push(this);
    }
    destroy() {}
    onLayout() {
      return () => {};
    }
  },
}));
vi.mock("../src/chart/bar-feed.js", () => ({
  BarFeed: (props: BarFeedProps) => {
    feeds.push(props);
    return null;
  },
}));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Runs the next timer, and renders what it has changed. */
const nextTask = () => act(async () => void vi.advanceTimersToNextTimer());

const instruments = { version: 0, get: () => UNKNOWN_INSTRUMENT, load() {}, subscribe: () => () => {} };
const services = { instruments } as unknown as Services;

function Stage({ last, isReady = true }: { readonly last: number; readonly isReady?: boolean }) {
  return <p>{useStages(last, isReady)}</p>;
}

test("renders one stage a task, and no more after the last one", async () => {
  const { element } = await renderPage(<Stage last={2} />);
  const seen = [element.textContent];
  while (vi.getTimerCount() > 0) {
    await nextTask();
    seen.push(element.textContent);
  }
  expect(seen).toEqual(["0", "1", "2"]);
});

test("waits with the first stage for what comes first, and a second at most", async () => {
  const { element, render } = await renderPage(<Stage key="ready" last={1} isReady={false} />);
  const pass = (ms: number) => act(async () => void vi.advanceTimersByTime(ms));
  await pass(900);
  expect(element.textContent).toBe("0");
  await render(<Stage key="ready" last={1} isReady={true} />);
  await pass(0);
  expect(element.textContent).toBe("1");
  await render(<Stage key="late" last={1} isReady={false} />);
  await pass(1_000);
  expect(element.textContent).toBe("1");
});

test("creates the chart in a task after its bars have arrived, and gives it the bars in that task", async () => {
  const info = { symbol: "AAPL", description: "", exchange: "", resolutions: [] };
  await renderPage(
    <ServicesProvider services={services}>
      <ChartPanel
        info={info}
        resolution="1"
        priceLines={[]}
        style={{ type: "candles", indicators: [] }}
        shown={{ current: [] }}
        onResolution={() => {}}
        onAlert={() => {}}
      />
    </ServicesProvider>,
  );
  expect(vi.getTimerCount()).toBe(0);
  await act(async () => feeds.at(-1)?.onReady());
  expect(charts).toHaveLength(0);
  // Without `act`, which would render what the task leaves for later.
  const environment = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
  environment.IS_REACT_ACT_ENVIRONMENT = false;
  vi.advanceTimersToNextTimer();
  environment.IS_REACT_ACT_ENVIRONMENT = true;
  expect(charts).toHaveLength(1);
  expect(feeds.at(-1)?.view).toBe(charts[0]);
});

test("renders only the prices of the order ticket when a quote arrives", async () => {
  // A socket that never opens: the ticket needs no data.
  class WebSocket {
    addEventListener() {}
    removeEventListener() {}
    close() {}
    send() {}
  }
  const client = createClient({ url: "ws://127.0.0.1/ws", WebSocket: WebSocket as never });
  onTestFinished(() => client.close());
  const rest = createRest({ baseUrl: "http://127.0.0.1/api/v1" });
  let renders = 0;
  const draft = {
    ...NEW_DRAFT,
    // Read once in each render of the ticket.
    get takeProfit() {
      renders += 1;
      return "";
    },
  };
  const onDraft = () => {};
  const pricesNow = () => undefined;
  const page = (bid: number) => {
    const quote = { s: "ok", n: "AAPL", v: { bid, ask: 11, lp: 10 } } as unknown as QuoteData;
    return (
      <ClientProvider client={client} rest={rest}>
        <ServicesProvider services={services}>
          <AllQuotes value={new Map([["AAPL", quote]])}>
            <OrderTicket
              symbol="AAPL"
              account="A-1"
              pricesNow={pricesNow}
              instrument={UNKNOWN_INSTRUMENT}
              draft={draft}
              onDraft={onDraft}
            />
          </AllQuotes>
        </ServicesProvider>
      </ClientProvider>
    );
  };
  const { element, render } = await renderPage(page(9));
  const bid = () => element.querySelector(".sell small")?.textContent;
  expect(bid()).toBe("9.00");
  const before = renders;
  expect(before).toBeGreaterThan(0);
  await render(page(8.5));
  expect(bid()).toBe("8.50");
  expect(renders).toBe(before);
});
