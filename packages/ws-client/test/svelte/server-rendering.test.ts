import { render } from "svelte/server";
import { expect, test, vi } from "vitest";
import { createClient } from "../../src/index.js";
import { tick } from "../helpers/memory-network.js";
import Page from "./page.svelte";
import Provide from "./provide.svelte";

test("renders on a server without a WebSocket or a subscription", async () => {
  vi.stubGlobal("WebSocket", undefined);
  const client = createClient({ url: "ws://memory/api/v1/ws" });
  const { body } = render(Provide, { props: { client, Child: Page, rest: {} } });
  vi.unstubAllGlobals();
  await tick();
  expect(body.replaceAll(/<!--.*?-->/g, "")).toBe("<p>none pending</p> <p> pending false 0</p> <p>disconnected</p>");
  expect(client.inspect().topics).toEqual([]);
});
