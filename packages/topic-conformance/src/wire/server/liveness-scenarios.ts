import { is } from "../match.js";
import type { Peer } from "../peer.js";
import { scenarioList, WireFailure, WireFault } from "../scenario.js";
import { expectSpread } from "../waits.js";
import type { ServerContext } from "./context.js";
import { barsOf } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as livenessScenarios };

/** Short enough for a quick run, and long enough that a busy machine sends four frames in it. */
const INTERVAL_MS = 800;
const LIFESPAN_MS = 500;
const SETTINGS = { heartbeatIntervalMs: INTERVAL_MS, maxConnectionLifespanMs: 3_600_000 };

/** The interval as the close reason prints it, a Python float. */
const REASON = `Connection timed out. Heartbeat interval ${INTERVAL_MS / 1_000}. Max connection lifespan 3600.0`;

/** Whether the suite itself was delayed in an attempt, so that the connection under test may have been silent for too long. */
interface Pace {
  isLate: boolean;
}

/**
 * Repeats an action until two silent connections have been closed, one after the other, so that the length of the interval is
 * measured by the server.
 */
async function repeatForTwoIntervals(pace: Pace, openSilent: () => Promise<Peer>, action: () => Promise<void>) {
  let last = performance.now();
  for (let interval = 0; interval < 2; interval++) {
    const silent = await openSilent();
    while (!silent.isClosed) {
      try {
        await action();
        await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS / 8));
      } finally {
        const now = performance.now();
        pace.isLate ||= now - last > INTERVAL_MS * 0.75;
        last = now;
      }
    }
  }
}

/**
 * Runs an attempt again if the suite was delayed in it.
 *
 * @throws WireFault if it was delayed in every one of fifteen attempts
 */
async function untilPunctual(attempt: (pace: Pace) => Promise<void>): Promise<void> {
  for (let tries = 0; tries < 15; tries++) {
    const pace: Pace = { isLate: false };
    try {
      await attempt(pace);
      // A connection that was kept in spite of the delay was kept.
      return;
    } catch (error) {
      if (!pace.isLate || !(error instanceof WireFailure)) throw error;
    }
  }
  throw new WireFault(`this machine is too busy to send a frame each ${INTERVAL_MS / 8} ms: run the scenario alone`);
}

const heartbeat = inGroup({ section: "Heartbeat", tier: "required", needs: ["start"] });

heartbeat(
  "heartbeat-timeout",
  "closes a silent connection, with the interval and the lifespan in the reason",
  "`Connection timed out. Heartbeat interval 30.0. Max connection lifespan 3600.0` after 30 s without a message from the client",
  async (server) => {
    const started = await server.start(SETTINGS);
    const peer = await started.connect();
    await peer.closes(1003, REASON);
  },
);

heartbeat(
  "heartbeat-kept",
  "keeps a connection that repeats a subscribe request",
  "A client keeps the connection alive by repeating a subscribe request of a topic that it has subscribed to.",
  async (server) => {
    const started = await server.start(SETTINGS);
    await untilPunctual(async (pace) => {
      const target = barsOf(server.name());
      const peer = await started.connect({ name: "kept" });
      const repeat = async () => void (await started.subscribe(peer, target));
      await repeatForTwoIntervals(pace, () => started.connect({ name: "silent" }), repeat);
    });
  },
);

heartbeat(
  "heartbeat-pongs",
  "closes a base connection that sends pongs only",
  "Only messages count; WebSocket pongs do not.",
  async (server) => {
    const started = await server.start(SETTINGS);
    const peer = await started.connect();
    for (let pongs = 0; !peer.isClosed; pongs++) {
      if (pongs > 12) throw new WireFailure(`close 1003 ${REASON}`, `nothing in three intervals with ${pongs} pongs`);
      peer.pong();
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS / 4));
    }
    await peer.closes(1003, REASON);
  },
);

heartbeat(
  "lifespan",
  "closes a base connection at its lifespan, although it sends messages",
  "and when the connection is 3,600 s old",
  async (server) => {
    const started = await server.start({ heartbeatIntervalMs: 30_000, maxConnectionLifespanMs: LIFESPAN_MS });
    const peer = await started.connect();
    await started.subscribe(peer, barsOf(server.name()));
    await peer.closes(1003, `Connection timed out. Heartbeat interval 30.0. Max connection lifespan 0.5`);
  },
);

const liveness = inGroup({ section: "Liveness", tier: "session", needs: ["session", "start"] });

liveness(
  "session-idle",
  "closes a session that replies to no WebSocket ping",
  "It closes the connection with 4203 after the whole interval.",
  async (server) => {
    const started = await server.start(SETTINGS);
    const peer = await started.session({ repliesToPings: false });
    await peer.closes(4203);
  },
);

liveness(
  "session-pongs",
  "keeps a silent session that replies to WebSocket pings",
  "The server sends a WebSocket ping after half of the interval without a message or pong from the client.",
  async (server) => {
    const started = await server.start(SETTINGS);
    await untilPunctual(async (pace) => {
      const peer = await started.session({ name: "kept" });
      const openSilent = () => started.session({ name: "silent", repliesToPings: false });
      await repeatForTwoIntervals(pace, openSilent, async () => {});
      await started.settle(peer);
    });
  },
);

liveness(
  "session-lifespan",
  "closes a session at 80 to 100 % of the lifespan",
  "It then closes the connection with 4201.",
  async (server) => {
    const started = await server.start({ maxConnectionLifespanMs: LIFESPAN_MS });
    const openedAt = performance.now();
    const peer = await started.session();
    await peer.closes(4201);
    const ageMs = performance.now() - openedAt;
    // A slow machine can only make it older.
    if (ageMs < LIFESPAN_MS * 0.8)
      throw new WireFailure(`a lifespan of at least ${LIFESPAN_MS * 0.8} ms`, `${Math.round(ageMs)} ms`);
  },
);

liveness(
  "session-lifespans-differ",
  "draws the lifespan of each session at random",
  "The server draws the lifespan of each connection at random from 80 to 100 % of the maximum",
  async (server) => {
    const lifespanMs = 2_000;
    const started = await server.start({ maxConnectionLifespanMs: lifespanMs });
    const peers = await Promise.all(Array.from({ length: 16 }, () => started.session()));
    const ages = await Promise.all(
      peers.map(async (peer) => {
        const openedAt = performance.now();
        await peer.closes(4201);
        return performance.now() - openedAt;
      }),
    );
    // All 16 within a tenth of the range of 400 ms would be chance once in 10^13 runs.
    expectSpread("16 lifespans", ages, 40);
  },
);

inGroup({ section: "Session welcome", tier: "session", needs: ["session", "start"] })(
  "session-welcome-intervals",
  "announces its heartbeat interval and lifespan",
  "The longest silence before a peer ends the connection.",
  async (server) => {
    const started = await server.start(SETTINGS);
    const peer = await started.connect({ query: "protocol=2" });
    const payload = { heartbeatIntervalMs: INTERVAL_MS, maxConnectionLifespanMs: is.between(1, 3_600_000) };
    await peer.expect({ type: "session.welcome", payload });
  },
);
