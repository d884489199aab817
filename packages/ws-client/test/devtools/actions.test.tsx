// @vitest-environment happy-dom

import { quotes, type UpdateOf } from "@trading/topic/shapes";
import { act } from "react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { ClientDevtools } from "../../src/devtools/index.js";
import { reconnect } from "../../src/devtools/reconnect.js";
import { type Client, type ClientOptions, createClient, type Gap } from "../../src/index.js";
import { MemoryServer, play, type Recording } from "../../src/testing/index.js";
import { rootOf } from "../react/page.js";
import { open } from "./panel-page.js";

beforeAll(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
});

const clients: Client[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const WATCHED = { symbols: [], fast_symbols: ["AAPL", "MSFT"] };
const quote = (n: string, lp: number) => ({ s: "ok", n, v: { lp } }) as UpdateOf<typeof quotes>;

/** Connects a client with the global WebSocket, as in a browser, and subscribes to two quotes. */
async function watch(options: (server: MemoryServer) => Partial<ClientOptions> = () => ({})) {
  const server = new MemoryServer({ routes: { quotes } });
  vi.stubGlobal("WebSocket", server.WebSocket);
  const client = createClient({ url: "ws://memory/api/v1/ws", ...options(server) });
  clients.push(client);
  const gaps: Gap[] = [];
  const prices: number[] = [];
  client.subscribe(quotes, WATCHED, {
    onUpdate: (update) => update.s === "ok" && prices.push(update.v.lp as number),
    onGap: (gap) => gaps.push(gap),
  });
  server.publish(quotes, WATCHED, quote("AAPL", 1));
  server.publish(quotes, WATCHED, quote("MSFT", 2));
  await server.settled();
  return {
    server,
    client,
    gaps,
    prices,
    subscribes: () => server.frames.filter(({ type }) => /\.subscribe$/.test(type)),
  };
}

test("reconnects from other positions, and leaves the global WebSocket as it was", async () => {
  const { server, client, gaps, prices, subscribes } = await watch();
  expect(reconnect(client, ({ offset }) => ({ epoch: "devtools", offset }))).toBe(true);
  expect(globalThis.WebSocket).toBe(server.WebSocket);
  await server.settled();
  expect(gaps).toEqual([expect.objectContaining({ reason: "not_recovered", snapshot: true })]);
  expect(prices).toEqual([1, 2, 1, 2]);
  expect(reconnect(client, () => undefined)).toBe(true);
  await server.settled();
  expect(gaps).toHaveLength(1);
  expect(subscribes().map(({ resume }) => resume?.epoch)).toEqual([undefined, "devtools", undefined]);
});

test("a client with its own WebSocket reconnects from its positions", async () => {
  const { server, client, gaps } = await watch(({ WebSocket }) => ({ WebSocket }));
  expect(reconnect(client, () => ({ epoch: "devtools", offset: 0 }))).toBe(false);
  await server.settled();
  expect([client.state.status, gaps]).toEqual(["connected", []]);
});

/** Renders the open panel of a client. */
async function panelOf(client: Client) {
  const container = document.createElement("div");
  const root = rootOf(container);
  await act(async () => root.render(<ClientDevtools client={client} defaultOpen />));
  const button = (name: string) => {
    const found = Array.from(container.querySelectorAll("button")).find(({ textContent }) => textContent === name);
    if (!found) throw new Error(`no button ${name}`);
    return found;
  };
  return { container, root, click: (name: string) => act(async () => button(name).click()) };
}

test("the button Gap causes a gap, or says why it cannot", async () => {
  const { server, client, gaps } = await watch();
  const panel = await panelOf(client);
  await panel.click("Gap");
  await act(async () => server.settled());
  expect(gaps).toHaveLength(1);
  const other = await watch(({ WebSocket }) => ({ WebSocket }));
  const otherPanel = await panelOf(other.client);
  await otherPanel.click("Gap");
  await act(async () => other.server.settled());
  expect(otherPanel.container.querySelector("[role=alert]")?.textContent).toContain('option "WebSocket"');
});

test("saves a recording that has the whole state of topics from before it", async () => {
  const { server, client } = await watch();
  const saved: Blob[] = [];
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => `blob:${saved.push(blob as Blob)}`);
  const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
  const panel = await panelOf(client);
  await panel.click("Record");
  await act(async () => server.settled());
  await panel.click("Save recording");
  expect(clicked).toHaveBeenCalledTimes(1);
  const recording: Recording = JSON.parse(await (saved[0] as Blob).text());
  const viewer = createClient({ url: "ws://memory/ws", WebSocket: play(recording) });
  clients.push(viewer);
  const prices: unknown[] = [];
  await new Promise<void>((resolve) => {
    viewer.subscribe(quotes, WATCHED, {
      onUpdate: (update) => update.s === "ok" && prices.push(update.v.lp),
      onStatus: ({ state }) => state === "live" && resolve(),
    });
  });
  expect(prices).toEqual([1, 2]);
});

test("stays offline through a subscription, and connects again when it is switched off or the panel closes", async () => {
  const { button, click, client, during, network } = await open();
  await click("Offline");
  expect([
    client.state.status,
    button("Offline").ariaPressed ?? button("Offline").getAttribute("aria-pressed"),
  ]).toEqual(["disconnected", "true"]);
  expect((button("Gap") as HTMLButtonElement).disabled).toBe(true);
  await during(() => client.subscribe(quotes, WATCHED, () => {}));
  expect(client.state.status).toBe("disconnected");
  await click("Offline");
  expect(client.state.status).toBe("connecting");
  await during(() => network.socket.welcome());
  await click("Offline");
  expect(client.state.status).toBe("disconnected");
  await click("Close");
  expect(client.state.status).toBe("connecting");
});

test("shows the bytes and frames per second of each direction", async () => {
  const { all, pass, during, socket } = await open();
  await pass(1_250);
  const rates = () =>
    all("dl div")
      .slice(-2)
      .map(({ textContent }) => textContent);
  expect(rates()).toEqual(["received0.0 kB/s, 0 frames/s", "sent0.0 kB/s, 0 frames/s"]);
  // 1,000 bytes as UTF-8, of which € takes three.
  const frame = `"${"€".repeat(332)}ab"`;
  await during(() => {
    for (let count = 0; count < 5; count++) socket.say(frame);
  });
  await pass(250);
  await pass(750);
  expect(rates()[0]).toBe("received5.0 kB/s, 5 frames/s");
});
