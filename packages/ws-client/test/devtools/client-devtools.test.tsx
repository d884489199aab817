// @vitest-environment happy-dom

import { bars, orders, trades } from "@trading/topic/shapes";
import { act, StrictMode } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import { ClientDevtools } from "../../src/devtools/index.js";
import { STYLES } from "../../src/devtools/styles.js";
import { createClient } from "../../src/index.js";
import { log } from "../helpers/confirmations.js";
import { MemoryNetwork } from "../helpers/memory-network.js";
import { rootOf } from "../react/page.js";
import { open } from "./panel-page.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

const TRADES = 'trades:{"symbol":"AAPL"}';
const BARS = 'bars:{"resolution":"1","symbol":"AAPL"}';
const AAPL = { symbol: "AAPL" };

/** Opens the devtools with a subscribed topic at an offset. */
async function openWithTrades(offset = 4, ...given: Parameters<typeof open>) {
  const page = await open(...given);
  const { client, socket, during } = page;
  await during(() => client.subscribe(trades, AAPL, { onGap: () => {} }));
  await during(() => socket.confirm(socket.sent.at(-1), TRADES, log(offset)));
  return page;
}

test("renders a button and does not listen to the client while closed", async () => {
  const { taps, timers, all, click, pass, root, during } = await open({});
  expect([all("button").map(({ textContent }) => textContent), taps(), timers()]).toEqual([["Streams"], 0, 0]);
  await click("Streams");
  expect([all("section").length, taps(), timers()]).toEqual([1, 1, 1]);
  await pass(1_000);
  await click("Close");
  expect([all("section").length, taps(), timers()]).toEqual([0, 0, 0]);
  await click("Streams");
  await during(() => root.render(null));
  expect([taps(), timers()]).toEqual([0, 0]);
});

test("shows the connection with its reason, protocol and name, as it changes", async () => {
  const { client, one, socket, pass, during } = await open();
  const shown = () => `${one("[role=status]").textContent} | ${one("dl").textContent}`;
  expect(shown()).toBe(
    "connectedConnected to ws://memory/api/v1/ws | protocolsessionconnectionc1unanswered0queued0received0.0 kB/s, 0 frames/ssent0.0 kB/s, 0 frames/s",
  );
  await during(() => client.subscribe(trades, AAPL, () => {}));
  await pass(250);
  expect(shown()).toContain("unanswered1");
  await during(() => socket.end());
  await pass(250);
  expect(shown()).toMatch(/^connectingConnection lost \(1006\): trying again in 0\.5 s/);
  await during(() => client.close());
  await pass(250);
  expect(shown()).toContain("closedThe client was closed");
});

test("shows each topic's status, listeners, rate, updates, age, position and error", async () => {
  const { client, click, lines, rows, socket, pass, during } = await openWithTrades();
  await during(() => client.subscribe(trades, AAPL, () => {}));
  await pass(250);
  expect(rows()).toEqual([[TRADES, "live", "2", "0.0", "0", "–", "e1:4"]]);
  await during(() => {
    for (const offset of [5, 6, 7, 8, 9]) socket.update(TRADES, { id: `${offset}` }, offset);
  });
  await pass(250);
  expect(rows()).toEqual([[TRADES, "live", "2", "20", "5", "now", "e1:9"]]);
  await during(() => client.subscribe(bars, { ...AAPL, resolution: "1" }, () => {}));
  await during(() => socket.refuse(socket.sent.at(-1), { code: "forbidden", message: "Not for you", topic: BARS }));
  await pass(2_750);
  const [first, second] = rows();
  expect(first?.slice(3)).toEqual(["0.0", "5", "2 s ago", "e1:9"]);
  expect(second?.slice(0, 3)).toEqual([expect.stringMatching(/^bars:.*Not for you/), "error", "1"]);
  await click("Gaps and errors");
  expect(lines()).toEqual([`⚠ errorforbidden: Not for you, topic ${BARS}`]);
});

test("shows a topic that moves to another server as syncing, and nothing as an error", async () => {
  const { click, lines, rows, socket, pass, during } = await openWithTrades();
  await during(() =>
    socket.say({ type: "subscription.ended", payload: { topic: TRADES, code: "owner_lost", retryable: true } }),
  );
  await pass(250);
  expect(rows()[0]?.slice(0, 2)).toEqual([TRADES, "syncing (owner_lost)"]);
  await click("Gaps and errors");
  expect(lines()).toEqual([]);
});

test("renders a hundred of a thousand topics, and filters all of them", async () => {
  const { client, rows, one, pass, during, type } = await open();
  await during(() => {
    for (let index = 0; index < 1_000; index++) client.subscribe(trades, { symbol: `S${index}` }, () => {});
  });
  await pass(250);
  expect(rows()).toHaveLength(100);
  expect(one("[role=tabpanel]").textContent).toContain("900 more");
  await type("s777");
  expect(rows().map(([topic]) => topic)).toEqual(['trades:{"symbol":"S777"}']);
  await type("nowhere");
  expect(one("[role=tabpanel]").textContent).toBe("No matches.");
});

test("shows frames, newest first, with type, topic and data, and expands one", async () => {
  const { all, click, lines, socket, pass, during } = await openWithTrades();
  await during(() => socket.update(TRADES, { id: "a" }, 5));
  await pass(250);
  await click("Frames");
  expect(lines()).toEqual([
    `↓ receivedtrades.update${TRADES}{"id":"a"}`,
    `↓ receivedtrades.subscribe.response${TRADES}{"status":"ok","message":"","epoch":"e1","retention":"log","offset":4}`,
    '↑ senttrades.subscribe{"symbol":"AAPL"}',
  ]);
  const details = all("details")[0] as HTMLDetailsElement;
  expect(all("pre")).toEqual([]);
  await act(async () => {
    details.open = true;
    details.dispatchEvent(new Event("toggle"));
  });
  expect(JSON.parse(all("pre")[0]?.textContent ?? "")).toEqual({
    type: "trades.update",
    payload: { topic: TRADES, payload: { id: "a" }, offset: 5 },
  });
});

test("shows a frame that is not an envelope unchanged", async () => {
  const { click, lines, socket, pass } = await open();
  for (const frame of ["no JSON", "3", "null", '{"type":"bare"}', '{"type":"nothing","payload":null}'])
    socket.say(frame);
  await pass(250);
  await click("Frames");
  expect(lines()).toEqual([
    "↓ receivednothing{}",
    "↓ receivedbare",
    "↓ receivednull",
    "↓ received3",
    "↓ receivedno JSON",
  ]);
});

test("lists gaps and errors apart from frames, and counts both", async () => {
  const { all, click, lines, socket, pass, reconnect, during } = await openWithTrades();
  const second = await reconnect();
  await during(() => second.confirm(second.sent[0], TRADES, log(9, { epoch: "e2", recovered: false })));
  await during(() => second.say("no JSON"));
  await pass(250);
  expect(all("[role=tab]").map(({ textContent }) => textContent)).toEqual([
    "Topics 1",
    expect.stringMatching(/^Frames \d+$/),
    "Gaps and errors 2",
  ]);
  await click("Gaps and errors");
  expect(lines()).toEqual([
    expect.stringMatching(/^⚠ errorinvalid_message: /),
    `⚠ gap${TRADES}: not_recovered, from e1:4 to e2:9; load the missed updates from another source`,
  ]);
  await click("Frames");
  expect(lines().filter((line) => line?.startsWith("• state"))).toHaveLength(3);
  expect(socket.closedByClient).toBe(false);
});

test("freezes topics and frames but not the connection while paused, and keeps recording", async () => {
  const { one, button, click, lines, rows, socket, pass, during } = await openWithTrades();
  await pass(250);
  await click("Pause");
  await during(() => socket.update(TRADES, { id: "a" }, 5));
  await during(() => socket.end());
  await pass(250);
  expect(button("Pause").getAttribute("aria-pressed")).toBe("true");
  expect([rows()[0]?.[1], rows()[0]?.[4]]).toEqual(["live", "0"]);
  expect(one("[role=status]").textContent).toMatch(/^connecting/);
  await click("Frames");
  expect(lines()).toHaveLength(2);
  await click("Pause");
  expect(button("Pause").getAttribute("aria-pressed")).toBe("false");
  expect(lines()).toHaveLength(4);
});

test("clears frames, also while paused", async () => {
  const { click, lines, one, socket, pass, during } = await openWithTrades();
  await pass(250);
  await click("Frames");
  await click("Pause");
  await click("Clear");
  expect(one("[role=tabpanel]").textContent).toBe("No frames.");
  await during(() => socket.update(TRADES, { id: "a" }, 5));
  await pass(250);
  expect(lines()).toEqual([]);
  await click("Pause");
  expect(lines()).toEqual([`↓ receivedtrades.update${TRADES}{"id":"a"}`]);
});

test("filters frames by text and kind", async () => {
  const { click, lines, socket, pass, during, type } = await openWithTrades();
  await during(() => socket.update(TRADES, { id: "needle" }, 5));
  await pass(250);
  await click("Frames");
  await type("NEEDLE");
  expect(lines()).toHaveLength(1);
  await type("sent");
  expect(lines()).toEqual(['↑ senttrades.subscribe{"symbol":"AAPL"}']);
});

test("opens, switches tabs and closes by keyboard without losing focus", async () => {
  const { all, button, click, focus, one, press, type } = await open({}, { around: (devtools) => devtools });
  document.body.append(one(".trading-devtools").parentElement as Element);
  await focus(button("Streams"));
  await click("Streams");
  expect(document.activeElement).toBe(button("Close"));
  expect(button("Close").getAttribute("aria-controls")).toBe(one("section").id);
  const selected = () => one("[role=tab][aria-selected=true]");
  expect(all("[role=tab][tabindex='0']")).toEqual([selected()]);
  await focus(selected());
  for (const [key, name] of [
    ["ArrowRight", "Frames"],
    ["End", "Gaps and errors"],
    ["ArrowRight", "Topics"],
    ["ArrowLeft", "Gaps and errors"],
    ["Home", "Topics"],
  ] as const) {
    await press(selected(), key);
    expect([selected().textContent, document.activeElement]).toEqual([expect.stringContaining(name), selected()]);
    expect(one("[role=tabpanel]").getAttribute("aria-labelledby")).toBe(selected().id);
  }
  await type("x");
  await press(one("input"), "Escape");
  expect([(one("input") as HTMLInputElement).value, all("section").length]).toEqual(["", 1]);
  await press(one("input"), "Escape");
  expect([all("section").length, document.activeElement]).toEqual([0, button("Streams")]);
});

test("uses one tap and one timer under StrictMode, and shows each frame once", async () => {
  const { click, lines, pass, taps, timers } = await openWithTrades(
    4,
    { defaultOpen: true },
    {
      around: (devtools) => <StrictMode>{devtools}</StrictMode>,
    },
  );
  expect([taps(), timers()]).toEqual([1, 1]);
  await pass(250);
  await click("Frames");
  expect(lines()).toHaveLength(2);
});

test("starts over with another client and stops listening to the first", async () => {
  const { click, lines, pass, taps, show, clock } = await openWithTrades();
  await pass(250);
  await click("Frames");
  expect(lines()).toHaveLength(2);
  const network = new MemoryNetwork();
  const other = createClient({ url: "ws://other/api/v1/ws", WebSocket: network.WebSocket, clock });
  await show(<ClientDevtools clock={clock} client={other} defaultOpen />);
  expect([lines(), taps()]).toEqual([[], 0]);
  other.close();
});

test("never shows a token", async () => {
  const tokens: string[] = [];
  const getToken = () => {
    tokens.push(`secret-${tokens.length}`);
    return tokens.at(-1) as string;
  };
  const { all, click, client, container, reconnect, during, pass, root } = await open(
    {},
    { getToken, url: "ws://user:secret-url@memory/api/v1/ws?key=secret-query" },
  );
  await click("Streams");
  let page = "";
  const look = async () => {
    await pass(250);
    for (const tab of ["Topics", "Frames", "Gaps and errors"]) {
      await click(tab);
      for (const details of all("details") as HTMLDetailsElement[]) {
        await act(async () => {
          details.open = true;
          details.dispatchEvent(new Event("toggle"));
        });
      }
      page += container.innerHTML;
    }
  };
  const login = (socket: { sent: readonly { type: string }[] }) =>
    socket.sent.findLast(({ type }) => type === "auth.login") as never;
  await during(() => client.subscribe(orders, { accountId: "A-1" }, () => {}));
  const second = await reconnect();
  await during(() => second.refuse(login(second), { code: "unauthorized", message: "This token is of no use" }));
  await look();
  const third = await reconnect();
  await during(() => third.confirm(login(third), ""));
  await look();
  await during(() => client.close());
  await look();
  expect(page).toContain("auth.login");
  expect(tokens.length).toBeGreaterThan(1);
  expect(page).not.toContain("secret");
  await during(() => root.render(null));
});

test("renders nothing on a server, and hydrates", async () => {
  const { client, clock } = await open({});
  const page = <ClientDevtools client={client} clock={clock} defaultOpen />;
  const html = renderToString(page);
  expect(html).toBe("");
  const container = document.createElement("div");
  const errors: unknown[] = [];
  const root = await act(async () =>
    hydrateRoot(container, page, { onRecoverableError: (error) => errors.push(error) }),
  );
  expect([errors, container.querySelectorAll("section").length]).toEqual([[], 1]);
  await act(async () => root.unmount());
});

test("applies the colorScheme and nonce properties", async () => {
  const { one } = await open({ colorScheme: "dark", nonce: "n1" });
  expect(one(".trading-devtools").style.colorScheme).toBe("dark");
  expect(one("style").getAttribute("nonce")).toBe("n1");
});

test("throws an error without a client", async () => {
  const root = rootOf(document.createElement("div"));
  const rendered = act(async () => root.render(<ClientDevtools />));
  await expect(rendered).rejects.toThrow("render it inside a <ClientProvider");
});

test("scopes its style sheet to one rule", () => {
  let depth = 0;
  const outside = [...STYLES].filter((character) => {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    return depth === 0;
  });
  expect(outside.join("").trim()).toBe(".trading-devtools }");
  expect(depth).toBe(0);
});
