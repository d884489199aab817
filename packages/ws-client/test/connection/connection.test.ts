import { trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { setUp } from "../helpers/harness.js";

const AAPL = { symbol: "AAPL" };

test("connects with the first subscription unless it is eager", () => {
  const { client, network } = setUp({ eager: false });
  expect(network.sockets).toHaveLength(0);
  expect(client.state).toEqual({ status: "disconnected", reason: "Connects with the first subscription" });
  client.subscribe(trades, AAPL, () => {});
  expect(network.sockets).toHaveLength(1);
  client.connect();
  expect(network.sockets).toHaveLength(1);
});

test("closes after maxAttempts failed attempts", () => {
  const { client, network, clock } = setUp({ maxAttempts: 3 });
  for (let attempt = 1; attempt <= 3; attempt++) {
    network.socket.end();
    clock.advance(5_000);
  }
  network.socket.end();
  expect(client.state).toEqual({ status: "closed", reason: "Could not connect (1006): gave up" });
  expect(clock.pending).toBe(0);
});

test("does not show the URL's query in the state", () => {
  const { client } = setUp({ url: "ws://memory/ws?key=secret" });
  expect(client.state.reason).toBe("Connecting to ws://memory/ws");
});

test("leaves a draining server within the given time, and widens the backoff to it", () => {
  const { client, network, clock } = setUp();
  network.socket.welcome();
  network.socket.say({ type: "server.draining", payload: { reconnectAfterMs: 20_000 } });
  clock.advance(9_999);
  expect(network.sockets).toHaveLength(1);
  clock.advance(1);
  expect(network.sockets[0]?.closedByClient).toBe(true);
  clock.advance(0);
  expect(network.sockets).toHaveLength(2);
  network.socket.end();
  expect(client.state.reason).toContain("trying again in 10.0 s");
});

test("does not narrow the backoff for a shorter drain time", () => {
  const { network, clock } = setUp();
  network.socket.welcome();
  network.socket.say({ type: "server.draining", payload: { reconnectAfterMs: 0 } });
  clock.advance(499);
  expect(network.socket.closedByClient).toBe(false);
  clock.advance(1);
  expect(network.sockets[0]?.closedByClient).toBe(true);
});

test("an error before the socket is open ends the attempt, even if no close follows", () => {
  const { client, network, clock } = setUp({ connectTimeoutMs: 0 });
  for (const [attempt, seconds] of ["0.5", "1.0", "2.0"].entries()) {
    expect(network.sockets).toHaveLength(attempt + 1);
    network.socket.fail("connect ECONNREFUSED");
    expect(client.state.reason).toBe(`Could not connect (1006, connect ECONNREFUSED): trying again in ${seconds} s`);
    clock.advance(Number(seconds) * 1_000);
  }
});

test("an error of a socket that was open does not end the connection: a close follows", () => {
  const { client, network } = setUp();
  network.socket.accept();
  network.socket.fail("a frame of the server was invalid");
  expect(client.state.status).toBe("connected");
  network.socket.end(1006);
  expect(client.state.reason).toContain("Connection lost (1006, a frame of the server was invalid)");
});

test("counts a connection that is lost soon as a failed attempt", () => {
  const { client, network, clock } = setUp({ maxAttempts: 3 });
  for (let attempt = 1; attempt <= 4; attempt++) {
    network.socket.welcome();
    clock.advance(1_000);
    network.socket.end();
    clock.advance(2_000);
  }
  expect(network.sockets).toHaveLength(4);
  expect(client.state).toEqual({ status: "closed", reason: "Connection lost (1006): gave up" });
});

test("does not count attempts before a connection that lasted", () => {
  const { client, network, clock } = setUp({ maxAttempts: 2, backoffMaxMs: 5_000 });
  for (let attempt = 1; attempt <= 5; attempt++) {
    network.socket.end();
    clock.advance(5_000);
    network.socket.welcome();
    clock.advance(5_000);
    network.socket.end();
    clock.advance(5_000);
  }
  expect(client.state.status).toBe("connecting");
});

test("keeps trying if the platform throws for a later socket", () => {
  let throws = false;
  const { client, network, clock } = setUp();
  const { WebSocket } = network;
  const { client: other } = setUp({
    clock,
    WebSocket: class extends WebSocket {
      constructor(url: string) {
        super(url);
        if (throws) throw new Error("Blocked by the page's policy");
      }
    },
  });
  client.close();
  network.socket.end();
  throws = true;
  clock.advance(500);
  expect(other.state.reason).toContain("Blocked by the page's policy");
  throws = false;
  clock.advance(1_000);
  network.socket.accept();
  expect(other.state.status).toBe("connected");
});
