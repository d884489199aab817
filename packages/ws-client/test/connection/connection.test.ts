import { trades } from "@trading/topic/shapes";
import { describe, expect, test } from "vitest";
import { setUp } from "../helpers/harness.js";
import { type MemorySocket, tick } from "../helpers/memory-network.js";

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

test("sends nothing on a socket that is closing, and everything on the next one", async () => {
  const { client, network, clock, errors } = setUp();
  network.socket.welcome();
  network.socket.readyState = 2;
  client.subscribe(trades, AAPL, () => {});
  await tick();
  expect([network.socket.sent, network.socket.discarded, errors]).toEqual([[], [], []]);
  network.socket.end();
  clock.advance(5_000);
  network.socket.welcome();
  await tick();
  expect(network.socket.sent.map(({ type }) => type)).toEqual(["trades.subscribe"]);
});

test("does not show the URL's query in the state", () => {
  const { client } = setUp({ url: "ws://memory/ws?key=secret" });
  expect(client.state.reason).toBe("Connecting to ws://memory/ws");
});

describe("a draining server", () => {
  const drain = (reconnectAfterMs: number) => ({ type: "server.draining", payload: { reconnectAfterMs } });

  /** Returns a client whose server drains for 20 s, and which has opened its next socket after 10 s. */
  function moving(options = {}) {
    const world = setUp(options);
    world.client.subscribe(trades, AAPL, () => {});
    world.network.socket.welcome({ heartbeatIntervalMs: 0 });
    world.network.socket.say(drain(20_000));
    world.clock.advance(9_999);
    expect(world.network.sockets).toHaveLength(1);
    world.clock.advance(1);
    expect(world.network.sockets).toHaveLength(2);
    const [first, next] = world.network.sockets as [MemorySocket, MemorySocket];
    const states: string[] = [];
    world.client.onState(({ status }) => states.push(status));
    return { ...world, first, next, states };
  }

  test("is left as soon as the next connection is open, which takes over the topics", () => {
    const { client, first, next, states } = moving();
    expect([client.state.status, first.closedByClient]).toEqual(["connected", false]);
    next.welcome({ heartbeatIntervalMs: 0 });
    expect([client.state.status, first.closedByClient]).toEqual(["connected", true]);
    expect(states).toEqual(["connecting", "connected"]);
    expect(next.sent.map(({ type }) => type)).toContain("trades.subscribe");
  });

  test("stays in use while no other server accepts the client", () => {
    const { client, network, clock, first, next, states } = moving();
    next.end(1006);
    expect(first.closedByClient).toBe(false);
    // It tries again at a random moment of the same time.
    clock.advance(10_000);
    expect(network.sockets).toHaveLength(3);
    network.socket.fail("Unexpected server response: 503");
    clock.advance(10_000);
    expect(network.sockets).toHaveLength(4);
    // A socket that hangs is given up after connectTimeoutMs.
    clock.advance(10_000);
    expect(network.socket.closedByClient).toBe(true);
    expect([client.state.status, states]).toEqual(["connected", []]);
  });

  test("that closes while the next connection is opening does not delay it", () => {
    const { client, network, clock, first, next } = moving();
    first.end(1012);
    expect(client.state).toEqual({ status: "connecting", reason: "Connection lost (1012): connecting" });
    next.welcome({ heartbeatIntervalMs: 0 });
    expect(client.state.status).toBe("connected");
    clock.advance(60_000);
    expect(network.sockets).toHaveLength(2);
  });

  test("that disables reconnection closes the next connection, too", () => {
    const { client, first, next } = moving();
    first.end(1008);
    expect([client.state.status, next.closedByClient]).toEqual(["closed", true]);
  });

  test.each(["close", "disconnect"] as const)("leaves no socket and no timer after %s()", (method) => {
    const { client, clock, first, next } = moving();
    client[method]();
    expect([first.closedByClient, next.closedByClient]).toEqual([true, true]);
    client.close();
    expect(clock.pending).toBe(0);
  });

  test("is left within the first window for a shorter time", () => {
    const { network, clock } = setUp();
    network.socket.welcome();
    network.socket.say(drain(0));
    clock.advance(499);
    expect(network.sockets).toHaveLength(1);
    clock.advance(1);
    expect(network.sockets).toHaveLength(2);
  });

  test("is tried again in the time that it has announced last, and the attempts are not failures, for 30 s", () => {
    const { client, network, clock } = setUp({ maxAttempts: 2, backoffInitialMs: 1_000 });
    network.socket.welcome();
    network.socket.say(drain(5_000));
    network.socket.say(drain(3_000));
    network.socket.end(1012);
    expect(client.state.reason).toBe("Connection lost (1012): trying again in 1.5 s");
    for (let attempt = 0; attempt < 20; attempt++) {
      clock.advance(1_500);
      network.socket.end(1006);
      if (attempt < 19) expect(client.state.reason).toBe("Could not connect (1006): trying again in 1.5 s");
    }
    // It has not come back: the backoff begins.
    expect(client.state.reason).toBe("Could not connect (1006): trying again in 1.5 s");
    clock.advance(1_500);
    network.socket.end(1006);
    expect(client.state).toEqual({ status: "closed", reason: "Could not connect (1006): gave up" });
  });
});

test("retries steadily, without backoff, after a close for a restart", () => {
  const { client, network, clock } = setUp();
  network.socket.welcome();
  network.socket.end(1012);
  for (let attempt = 0; attempt < 10; attempt++) {
    expect(client.state.reason).toContain("trying again in 0.5 s");
    clock.advance(500);
    network.socket.end(1006);
  }
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

describe("the backoff after a connection that was lost", () => {
  const welcome = (socket: MemorySocket) => socket.welcome();
  const serve = (socket: MemorySocket) => {
    socket.welcome();
    socket.confirm(socket.sent[0], 'trades:{"symbol":"AAPL"}', { epoch: "e", offset: 0 });
  };

  /** Connects to eight servers that each close after a time, and returns the seconds that the client waits after each. */
  function waits(lifespanMs: number, act: (socket: MemorySocket) => void, random = () => 0.5): number[] {
    const { client, network, clock } = setUp({ random });
    client.subscribe(trades, AAPL, () => {});
    return Array.from({ length: 8 }, () => {
      act(network.socket);
      clock.advance(lifespanMs);
      network.socket.end();
      const seconds = Number(/again in (.*) s/.exec(client.state.reason)?.[1]);
      clock.advance(seconds * 1_000);
      return seconds;
    });
  }

  const STEADY = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
  const WIDENING = [0.5, 1, 2, 4, 8, 15, 15, 15];

  test("stays short if servers that served the client are killed one after the other", () => {
    expect(waits(7_600, serve)).toEqual(STEADY);
  });

  test("widens with a server that serves the client and drops each connection", () => {
    expect(waits(0, serve)).toEqual(WIDENING);
    expect(waits(7_400, serve)).toEqual(WIDENING);
  });

  test("widens with servers that confirm no topic within 30 seconds, or send nothing", () => {
    expect(waits(10_000, welcome)).toEqual(WIDENING);
    expect(waits(10_000, (socket) => socket.accept())).toEqual(WIDENING);
  });

  test("stays short with servers that confirm no topic but last 30 seconds", () => {
    const answerPings = (socket: MemorySocket) => socket.welcome({ heartbeatIntervalMs: 300_000 });
    expect(waits(30_000, answerPings)).toEqual(STEADY);
  });

  test("is reset at a random age, so that clients of a server that drops all at one age reconnect apart", () => {
    // The first number is the age, the second one the delay.
    const [young, old] = [0.2, 0.9].map((age) => {
      let calls = 0;
      return waits(7_000, serve, () => (calls++ % 2 === 0 ? age : 0.5));
    });
    expect(young).toEqual(STEADY);
    expect(old).toEqual(WIDENING);
  });

  test("stays short without a topic if the server has sent a frame", () => {
    const { client, network, clock } = setUp();
    network.socket.end();
    clock.advance(500);
    network.socket.welcome();
    clock.advance(7_600);
    network.socket.end();
    expect(client.state.reason).toContain("trying again in 0.5 s");
  });
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
