import { expect, test } from "vitest";
import { createClient } from "../src/index.js";
import { MemoryNetwork } from "./helpers/memory-network.js";

test("a relative URL is accepted during server rendering, and refused when the client connects there", () => {
  const client = createClient({ url: "/api/v1/ws", WebSocket: new MemoryNetwork().WebSocket });
  expect(() => client.connect()).toThrow(
    'Invalid option "url": expected ws:// or wss://, got "/api/v1/ws": a relative URL needs a page',
  );
  client.close();
});
