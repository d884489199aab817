import { expect, test } from "vitest";
import type { PageEvent } from "../../src/index.js";
import { setUp } from "../helpers/harness.js";

const types = (socket: { sent: readonly { type: string }[] }) => socket.sent.map(({ type }) => type);

function withPage() {
  let tell: (event: PageEvent) => void = () => expect.fail("not listened to");
  let stopped = 0;
  const set = setUp({
    pageEvents: (listener) => {
      tell = listener;
      return () => {
        stopped += 1;
      };
    },
  });
  return { ...set, tell: (event: PageEvent) => tell(event), stopped: () => stopped };
}

test.each(["online", "offline", "visible"] as const)("%s while connected pings immediately", (event) => {
  const { network, clock, tell } = withPage();
  network.socket.welcome();
  tell(event);
  expect(types(network.socket)).toEqual(["ping"]);
  clock.advance(5_000);
  expect(network.socket.closedByClient).toBe(true);
});

test.each(["online", "visible"] as const)("%s during a backoff reconnects immediately", (event) => {
  const { network, tell, clock } = withPage();
  network.socket.end();
  tell(event);
  expect(network.sockets).toHaveLength(2);
  clock.advance(1_000);
  expect(network.sockets).toHaveLength(2);
});

test("online replaces an attempt that was made before, and whose socket may hang", () => {
  const { client, network, tell, clock } = withPage();
  const [hanging] = network.sockets;
  tell("online");
  expect(network.sockets).toHaveLength(2);
  expect(hanging?.closedByClient).toBe(true);
  network.socket.welcome();
  hanging?.end();
  clock.advance(10_000);
  expect(client.state.status).toBe("connected");
  expect(network.sockets).toHaveLength(2);
});

test("visible does not replace an attempt", () => {
  const { network, tell } = withPage();
  tell("visible");
  expect(network.sockets).toHaveLength(1);
});

test.each(["online", "visible"] as const)("%s does not connect a client that was disconnected", (event) => {
  const { client, network, tell } = withPage();
  network.socket.welcome();
  client.disconnect();
  tell(event);
  expect(network.sockets).toHaveLength(1);
});

test("removes its listeners when the client closes", () => {
  const { client, stopped } = withPage();
  client.close();
  client.close();
  expect(stopped()).toBe(1);
});
