import { trades } from "@trading/topic/shapes";
import { createRoot } from "react-dom/client";
import { createClient, type Gap, sessionTopics, type TopicStatus } from "../../src/index.js";
import { ClientProvider, useTopic } from "../../src/react/index.js";

// The page of an application that keeps its topics across a reload, and records what happens to it.

const AAPL = { symbol: "AAPL" } as const;

/** The page's record of everything that happened to it. */
export interface Tab {
  readonly prices: number[];
  /** The prices of updates that were recovered after a lost connection. */
  readonly recovered: number[];
  readonly gaps: Gap[];
  readonly errors: string[];
  /** The types of the page's lifecycle events. */
  readonly events: string[];
  status: TopicStatus["state"];
  /** The text that the document shows. */
  readonly shown: string | null;
}

let wake = () => {};
const output = document.querySelector("output") as HTMLOutputElement;
const tab = {
  prices: [],
  recovered: [],
  gaps: [],
  errors: [],
  events: [],
  status: "pending",
  get shown() {
    return output.textContent;
  },
  async until(condition: (tab: Tab) => boolean): Promise<Tab> {
    while (!condition(tab)) await new Promise<void>((resolve) => (wake = resolve));
    return tab;
  },
} satisfies Tab & { until: unknown } as Tab;
Object.assign(globalThis, { tab });

for (const type of ["visibilitychange", "freeze", "resume"]) {
  document.addEventListener(type, () => {
    tab.events.push(type);
    wake();
  });
}

const client = createClient({
  url: new URLSearchParams(location.search).get("server") as string,
  storage: sessionTopics(),
  random: () => 0,
  onError: ({ message }) => tab.errors.push(message),
});

client.subscribe(trades, AAPL, {
  onUpdate({ price }, { recovered }) {
    tab.prices.push(price);
    if (recovered) tab.recovered.push(price);
    wake();
  },
  onGap: (gap) => tab.gaps.push(gap),
  onStatus({ state }) {
    tab.status = state;
    wake();
  },
});

function LastPrice() {
  return useTopic(trades, AAPL).value?.price;
}

new MutationObserver(() => wake()).observe(output, { subtree: true, childList: true, characterData: true });
createRoot(output).render(
  <ClientProvider client={client}>
    <LastPrice />
  </ClientProvider>,
);
