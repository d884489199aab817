import { trades } from "@trading/topic/shapes";
import { createRoot } from "react-dom/client";
import { type ClientError, createClient, type Gap, sessionTopics, type TopicStatus } from "../../src/index.js";
import { ClientProvider, useTopic } from "../../src/react/index.js";
import { createSharedClient } from "../../src/tabs/index.js";

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

const search = new URLSearchParams(location.search);
const mode = search.get("shared");
// A page that is closed is as one that crashes if the client does not notice the event.
if (mode) addEventListener("pagehide", (event) => event.stopImmediatePropagation());

const options = {
  url: search.get("server") as string,
  storage: sessionTopics(),
  random: () => 0,
  onError: ({ message }: ClientError) => tab.errors.push(message),
};
const worker = () => new SharedWorker(new URL("./tabs-worker.ts", import.meta.url), { type: "module" });
// Without time limits, so that a slow machine starts no second connection.
const client = mode
  ? createSharedClient({ ...options, connectTimeoutMs: 0, ...(mode === "worker" && { worker }) })
  : createClient(options);

const extra = search.get("extra");
if (extra) client.subscribe(trades, { symbol: extra }, () => {});

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
