// @vitest-environment happy-dom

import { bars } from "@trading/topic/shapes";
import { expect, test, vi } from "vitest";
import { useTopic } from "../../src/react/index.js";
import { Probe, render } from "./page.js";

const AAPL = 'bars:{"resolution":"1","symbol":"AAPL"}';
const BAR = { time: 1, open: 1, high: 9, low: 1, close: 2, volume: 10 };

function Close() {
  const { value, status } = useTopic(bars, { symbol: "AAPL", resolution: "1" });
  return <p>{`${value?.close ?? "none"} ${status}`}</p>;
}

test("keeps subscriptions and state when modules are hot-reloaded", async () => {
  const { client, socket, during, root } = await render(<Close />);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, BAR));
  vi.resetModules();
  const fresh = await import("../../src/react/index.js");
  expect(fresh.useTopic).not.toBe(useTopic);
  const seen: string[] = [];
  await during(() =>
    root.render(
      <fresh.ClientProvider client={client}>
        <Probe
          useResult={() => fresh.useTopic(bars, { symbol: "AAPL", resolution: "1" })}
          onRender={({ value, status }) => seen.push(`${value?.close} ${status}`)}
        />
      </fresh.ClientProvider>,
    ),
  );
  expect(seen.at(-1)).toBe("2 live");
  expect(socket.sent).toHaveLength(1);
});
