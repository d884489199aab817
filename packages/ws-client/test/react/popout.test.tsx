// @vitest-environment happy-dom

import { bars, trades, type UpdateOf } from "@trading/topic/shapes";
import type { ReactNode } from "react";
import { createPortal } from "react-dom";
import { expect, test } from "vitest";
import type { RequestFrame } from "../../src/react/index.js";
import { ClientProvider, useClient, useCollection, useTopic, useTopicEvents } from "../../src/react/index.js";
import { ManualFrames } from "../helpers/manual-frames.js";
import { render } from "./page.js";

const AAPL = 'bars:{"resolution":"1","symbol":"AAPL"}';
const TRADES = 'trades:{"symbol":"AAPL"}';
const bar = (close: number) => ({ time: 1, open: 1, high: 9, low: 1, close, volume: 10 });

function Close() {
  const { value, status } = useTopic(bars, { symbol: "AAPL", resolution: "1" });
  return <p>{`${value?.close ?? "none"} ${status}`}</p>;
}

function Trades() {
  return (
    <p>
      {useCollection(trades, { symbol: "AAPL" })
        .items.map(({ id }) => id)
        .join(" ") || "none"}
    </p>
  );
}

function Tape({ onTrade }: { onTrade: (trade: UpdateOf<typeof trades>) => void }) {
  useTopicEvents(trades, { symbol: "AAPL" }, onTrade);
  return null;
}

/** Renders its children in another document, with the frames of its window. */
function Popout({ to, requestFrame, children }: { to: Element; requestFrame: RequestFrame; children: ReactNode }) {
  return createPortal(
    <ClientProvider client={useClient()} requestFrame={requestFrame}>
      {children}
    </ClientProvider>,
    to,
  );
}

test("renders in a popout window while the frames of the opener are paused", async () => {
  const popout = document.implementation.createHTMLDocument().body;
  const frames = new ManualFrames();
  const page = (
    <>
      <Close />
      <Popout to={popout} requestFrame={frames.request}>
        <Close />
      </Popout>
    </>
  );
  const { container, socket, frames: openerFrames, before } = await render(page);
  await before(() => socket.confirm(socket.sent[0], AAPL));
  await before(() => frames.paint());
  await before(() => socket.update(AAPL, bar(2)));
  await before(() => frames.paint());
  expect([container.textContent, popout.textContent]).toEqual(["none pending", "2 live"]);
  expect(socket.sent).toHaveLength(1);
  await before(() => openerFrames.paint());
  expect(container.textContent).toBe("2 live");
});

test("keeps the collected updates of a component that moves to a popout window", async () => {
  const popout = document.implementation.createHTMLDocument().body;
  const frames = new ManualFrames();
  const { container, socket, during, show } = await render(<Trades />);
  await during(() => socket.confirm(socket.sent[0], TRADES));
  await during(() => socket.update(TRADES, { id: "a" }));
  expect(container.textContent).toBe("a");
  await show(
    <Popout to={popout} requestFrame={frames.request}>
      <Trades />
    </Popout>,
  );
  expect(popout.textContent).toBe("a");
  expect(socket.sent).toHaveLength(1);
});

test("subscribes once if requestFrame is a new function on every render", async () => {
  const seen: unknown[] = [];
  const onTrade = ({ id }: UpdateOf<typeof trades>) => seen.push(id);
  const { container, client, socket, root, before } = await render(null);
  const mount = () =>
    root.render(
      <ClientProvider client={client} requestFrame={(paint) => paint()}>
        <Trades />
        <Tape onTrade={onTrade} />
      </ClientProvider>,
    );
  await before(mount);
  await before(() => socket.confirm(socket.sent[0], TRADES));
  await before(() => socket.update(TRADES, { id: "a" }));
  const { listeners } = client.inspect().topics[0] as { listeners: number };
  await before(() => {
    mount();
    socket.update(TRADES, { id: "b" });
  });
  await before(() => {
    socket.update(TRADES, { id: "c" });
    mount();
  });
  expect([container.textContent, seen, socket.sent.length]).toEqual(["a b c", ["a", "b", "c"], 1]);
  expect(client.inspect().topics[0]?.listeners).toBe(listeners);
});

test("renders with a new requestFrame while a frame of the previous one is pending", async () => {
  const closed = new ManualFrames();
  const open = new ManualFrames();
  const { container, client, socket, root, before } = await render(null);
  const mount = (requestFrame: RequestFrame) =>
    root.render(
      <ClientProvider client={client} requestFrame={requestFrame}>
        <Close />
      </ClientProvider>,
    );
  await before(() => mount(closed.request));
  await before(() => socket.confirm(socket.sent[0], AAPL));
  expect([container.textContent, closed.pending]).toEqual(["none pending", 1]);
  await before(() => mount(open.request));
  await before(() => socket.update(AAPL, bar(2)));
  await before(() => open.paint());
  expect(container.textContent).toBe("2 live");
});
