// The page of one client, which is the module `client`. The bench calls its global functions.
import * as sdk from "client";
import { createContext, createElement, memo, useContext, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

/** The events since the last `begin`. */
let counts = { updates: 0, frames: 0 };
let startedAt = 0;
let nextFrame = 0;
/** @type {any} */
let client;

function onFrame() {
  counts.frames++;
  nextFrame = requestAnimationFrame(onFrame);
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
const { useLatest = useSubscribed, show = showComponents } = sdk;

/** Renders the last update of a topic. */
const Row = memo(({ symbol }) => {
  const bar = useLatest(symbol);
  return createElement("li", null, `${symbol} ${bar?.volume ?? ""}`);
});

/** @param {any} client @param {string[]} symbols */
function showComponents(client, symbols) {
  const rows = symbols.map((symbol) => createElement(Row, { key: symbol, symbol }));
  createRoot(document.body).render(createElement(Provider, { client }, createElement("ul", null, rows)));
}

Object.assign(globalThis, {
  /** Subscribes to topics: by a callback for each, or by a component for each. */
  async start({ port, symbols, hasComponents }) {
    client = sdk.connect(port);
    if (hasComponents) return show(client, symbols);
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
  /** Begins to count. @param {number} updates that a page without a client makes itself */
  begin(updates) {
    counts = { updates: 0, frames: 0 };
    startedAt = performance.now();
    cancelAnimationFrame(nextFrame);
    nextFrame = requestAnimationFrame(onFrame);
    sdk.play?.(client, updates);
  },
  end() {
    // A page in the background would draw it later, in the next measurement.
    cancelAnimationFrame(nextFrame);
    return { ...counts, elapsedMs: performance.now() - startedAt };
  },
});
