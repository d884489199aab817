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
  const failing = {
    disconnect() {},
    connect() {
      throw new Error("invalid URL");
    },
  } as unknown as Client;
  expect(() => reconnect(failing, () => undefined)).toThrow("invalid URL");
  expect(globalThis.WebSocket).toBe(server.WebSocket);
});

test("changes only the first position: a later subscribe continues from this connection", async () => {
  const { server, client, gaps, subscribes } = await watch();
  reconnect(client, ({ offset }) => ({ epoch: "devtools", offset }));
  await server.settled();
  server.move(quotes.buildTopic(WATCHED));
  await vi.waitFor(() => expect(subscribes()).toHaveLength(3), { timeout: 240_000 });
  await server.settled();
  expect(subscribes()[2]?.resume?.epoch).not.toBe("devtools");
  expect(gaps).toHaveLength(1);
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
  const revokedEarly: unknown[] = [];
  const revoked = vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => {});
  const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {
    // The browser reads it after the click.
    queueMicrotask(() => revokedEarly.push(...revoked.mock.calls));
  });
  const panel = await panelOf(client);
  await panel.click("Record");
  await act(async () => server.settled());
  await panel.click("Save recording");
  expect(clicked).toHaveBeenCalledTimes(1);
  expect(clicked.mock.contexts).toMatchObject([
    { href: "blob:1", download: expect.stringMatching(/^recording-.*\.json$/) },
  ]);
  await vi.waitFor(() => expect(revoked).toHaveBeenCalledWith("blob:1"), { timeout: 240_000 });
  expect(revokedEarly).toEqual([]);
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

test("starts another recording after one was saved, and ends it when the panel closes", async () => {
  const { button, click, client, taps } = await open();
  const states: string[] = [];
  const saved: Blob[] = [];
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => `blob:${saved.push(blob as Blob)}`);
  vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => {});
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
  const before = taps();
  await click("Offline");
  client.onState(({ status }) => states.push(status));
  await click("Record");
  expect([client.state.status, states, taps()]).toEqual(["disconnected", [], before + 1]);
  expect(button("Save recording").getAttribute("aria-pressed")).toBe("true");
  await click("Save recording");
  expect([button("Record").getAttribute("aria-pressed"), taps()]).toEqual(["false", before]);
  await click("Record");
  await click("Save recording");
  expect(saved).toHaveLength(2);
  await click("Record");
  await click("Close");
  expect(taps()).toBe(before - 1);
});

test("records the times of the panel's clock", async () => {
  const { click, client, during, network, pass } = await open();
  const saved: Blob[] = [];
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => `blob:${saved.push(blob as Blob)}`);
  vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => {});
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
  await click("Record");
  await during(() => network.socket.welcome());
  await during(() => client.subscribe(quotes, WATCHED, () => {}));
  await pass(250);
  await during(() => client.subscribe(quotes, { symbols: ["SPY"], fast_symbols: [] }, () => {}));
  await click("Save recording");
  const { frames }: Recording = JSON.parse(await (saved[0] as Blob).text());
  expect(frames.map(({ atMs }) => atMs)).toEqual([0, 250]);
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
  const { all, pass, during, socket, client, click } = await open();
  await pass(1_250);
  const rates = () =>
    all("dl div")
      .slice(-2)
      .map(({ textContent }) => textContent);
  expect(rates()).toEqual(["received0.0 kB/s, 0 frames/s", "sent0.0 kB/s, 0 frames/s"]);
  await click("Pause");
  // 1,000 bytes as UTF-8, of which € takes three.
  const frame = `"${"€".repeat(332)}ab"`;
  await during(() => {
    for (let count = 0; count < 5; count++) socket.say(frame);
  });
  await pass(250);
  await pass(750);
  expect(rates()).toEqual(["received5.0 kB/s, 5 frames/s", "sent0.0 kB/s, 0 frames/s"]);
  await pass(1_000);
  expect(rates()[0]).toBe("received0.0 kB/s, 0 frames/s");
  await during(() => client.subscribe(quotes, WATCHED, () => {}));
  await pass(250);
  expect(rates()).toEqual(["received0.0 kB/s, 0 frames/s", "sent0.1 kB/s, 1 frames/s"]);
});

test("shows the rate of the time since the panel was opened, and no decimals of large ones", async () => {
  const { all, pass, during, socket } = await open();
  await during(() => socket.say(`"${"a".repeat(99_998)}"`));
  await pass(250);
  expect(all("dl div").at(-2)?.textContent).toBe("received400 kB/s, 4 frames/s");
});
