// @vitest-environment happy-dom

import { bars } from "@trading/topic/shapes";
import { createContext } from "react";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import { ClientProvider, useTopic } from "../../src/react/index.js";
import { setUp } from "../helpers/harness.js";
import { Probe, render } from "./page.js";

const AAPL = 'bars:{"resolution":"1","symbol":"AAPL"}';
const BAR = { time: 1, open: 1, high: 9, low: 1, close: 2, volume: 10 };

function Close() {
  const { value, status } = useTopic(bars, { symbol: "AAPL", resolution: "1" });
  return <p>{`${value?.close ?? "none"} ${status}`}</p>;
}

/** Loads a second copy of the hooks, as an application has if it imports one build and a library requires the other. */
async function loadCopy() {
  vi.resetModules();
  const copy = await import("../../src/react/index.js");
  expect(copy.useTopic).not.toBe(useTopic);
  return copy;
}

test("shares the client with the hooks of another copy of the same version", async () => {
  const copy = await loadCopy();
  let shown = "";
  const other = (
    <Probe
      key="other"
      useResult={() => copy.useTopic(bars, { symbol: "AAPL", resolution: "1" })}
      onRender={({ value, status }) => {
        shown = `${value?.close ?? "none"} ${status}`;
      }}
    />
  );
  const { container, socket, during } = await render([<Close key="one" />, other]);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, BAR));
  expect([container.textContent, shown, socket.sent.length]).toEqual(["2 live", "2 live", 1]);
});

test("names another copy as the likely cause if its provider has another context", async () => {
  const holder = createContext as unknown as Record<symbol, unknown>;
  const [key, ...others] = Object.getOwnPropertySymbols(holder) as [symbol];
  expect([String(key), others]).toEqual(["Symbol(@trading/ws-client/react 2)", []]);
  // An incompatible version has another key.
  const saved = holder[key];
  delete holder[key];
  const copy = await loadCopy();
  holder[key] = saved;
  const page = (
    <ClientProvider client={setUp().client}>
      <Probe useResult={() => copy.useClient()} onRender={() => {}} />
    </ClientProvider>
  );
  expect(() => renderToString(page)).toThrow(
    "No client: wrap the tree in <ClientProvider client={client}>, and load one copy of react and @trading/ws-client",
  );
});
