import { ManualClock } from "@trading/topic/testing";
import { onTestFinished } from "vitest";
import { type ClientError, type ClientOptions, createClient } from "../../src/index.js";
import { MemoryNetwork } from "./memory-network.js";

/** Creates a client with an in-memory network and a manual clock. It is closed after the test. */
export function setUp(options: Partial<ClientOptions> = {}) {
  const network = new MemoryNetwork();
  const clock = new ManualClock();
  const errors: ClientError[] = [];
  const client = createClient({
    url: "ws://memory/api/v1/ws",
    WebSocket: network.WebSocket,
    clock,
    random: () => 0.5,
    eager: true,
    onError: (error) => errors.push(error),
    ...options,
  });
  onTestFinished(() => client.close());
  return { network, clock, errors, client };
}
