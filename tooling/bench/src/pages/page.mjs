// The page of one client, which is the module `client`. The bench calls its global functions.
import * as sdk from "client";
import { createContext, createElement, memo, useContext, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

const FRAME_MS = 1_000 / 60;

/** The events since the last `begin`. */
let counts = { updates: 0, frames: 0, dropped: 0 };
let isCounting = false;
let lastFrameAt = 0;

/** Counts the frames that were not drawn in time. @param {number} now */
function onFrame(now) {
  if (!isCounting) return;
  counts.frames++;
  counts.dropped += Math.max(0, Math.round((now - lastFrameAt) / FRAME_MS) - 1);
  lastFrameAt = now;
  requestAnimationFrame(onFrame);
}

/** For clients without hooks, the usual way: the component sets a state with each update. */
const Context = createContext(/** @type {any} */ (undefined));
function useSubscribed(/** @type {string} */ symbol) {
  const client = useContext(Context);
  const [bar, setBar] = useState(/** @type {any} */ (undefined));
  useEffect(() => void sdk.subscribe(client, symbol, setBar), [client, symbol]);
  return bar;
}
const { Provider = ({ client, children }) => createElement(Context, { value: client }, children) } = sdk;
const { useLatest = useSubscribed } = sdk;

/** Renders the last update of a topic. */
const Row = memo(({ symbol }) => {
  const bar = useLatest(symbol);
  return createElement("li", null, `${symbol} ${bar?.volume ?? ""}`);
});

Object.assign(globalThis, {
  /** Subscribes to topics: by a callback for each, or by a component for each. */
  async start({ port, symbols, hasComponents }) {
    const client = sdk.connect(port);
    if (hasComponents) {
      const rows = symbols.map((/** @type {string} */ symbol) => createElement(Row, { key: symbol, symbol }));
      createRoot(document.body).render(createElement(Provider, { client }, createElement("ul", null, rows)));
      return;
    }
    const latest = new Map();
    const onUpdate = (/** @type {string} */ symbol) => (/** @type {{ volume: number }} */ bar) => {
      counts.updates++;
      latest.set(symbol, bar.volume);
    };
    await Promise.all(symbols.map((/** @type {string} */ symbol) => sdk.subscribe(client, symbol, onUpdate(symbol))));
  },
  /** Whether every component shows an update. */
  areShown: () => [...document.querySelectorAll("li")].every(({ textContent }) => /\d{9}/.test(textContent ?? "")),
  received: () => counts.updates,
  begin() {
    counts = { updates: 0, frames: 0, dropped: 0 };
    isCounting = true;
    lastFrameAt = performance.now();
    requestAnimationFrame(onFrame);
  },
  end() {
    isCounting = false;
    return counts;
  },
});
