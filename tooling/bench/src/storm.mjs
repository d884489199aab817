import { createHmac } from "node:crypto";
import { installRivals, socketIo, uWebSockets, wsOnce, wsServer } from "./contenders.mjs";
import { withSides } from "./sides.mjs";
import { median } from "./statistics.mjs";
import { paramsOf, subscribeTexts } from "./workload.mjs";

const ROUNDS = 3;
/** Maximum number of connections that are being established. A listening socket of Node.js queues 511. */
const RAMP = 500;
/** Signs the tokens of the clients, with HS256. */
const SECRET = "the secret of the bench, of at least 32 bytes";

/** The session extension: the server's first frame is `session.welcome`. */
const session = { ...wsServer.dialect, path: "/api/v1/ws?protocol=2", greetings: 1 };
const withLogin = {
  ...wsServer,
  name: "@trading/ws-server, session, login and resume",
  options: { secret: SECRET },
  dialect: session,
};
const withRows = { ...wsServer, options: { ...wsServer.options, rows: 1_000 }, dialect: session };

/**
 * Measures how long it takes until all clients are connected and subscribed, as after a restart, and until many have a large
 * snapshot.
 *
 * @type {import("./main.mjs").Part}
 */
export async function storm({ quick, showProgress }) {
  installRivals();
  const connections = quick ? 200 : 10_000;
  const plain = [wsServer, { ...wsOnce, name: "ws" }, { ...socketIo, name: "Socket.IO" }, uWebSockets];
  const runs = [withLogin, ...plain].map((contender) => ({ contender, figures: /** @type {Figures[]} */ ([]) }));
  for (let round = 1; round <= (quick ? 1 : ROUNDS); round++) {
    for (const { contender, figures } of runs) {
      showProgress(`round ${round}, ${contender.name}`);
      const requests = contender === withLogin ? loginAndResume : subscribe;
      figures.push(await measured(contender, connections, requests));
    }
  }
  const storms = {
    title: `${connections.toLocaleString("en")} connections, at most ${RAMP} of them being established, each subscribed to one topic`,
    head: ["server", "seconds", "connections per second", "CPU µs per connection"],
    rows: runs.map(({ contender, figures }) => {
      const seconds = median(figures.map(({ wallUs }) => wallUs)) / 1e6;
      const cpuUs = median(figures.map(({ cpuUs }) => cpuUs)) / connections;
      return [
        contender.name,
        seconds.toFixed(2),
        Math.round(connections / seconds).toLocaleString("en"),
        cpuUs.toFixed(0),
      ];
    }),
    note: "The token of each client names another user, and is signed with HS256. The other rows connect without a login.",
  };
  return { tables: [storms, await snapshots(quick, showProgress)] };
}

/** @typedef {{ wallUs: number, cpuUs: number }} Figures */

/**
 * Returns the time until a new server has served all clients, after a warm-up of a tenth of them.
 *
 * @param {import("./server.mjs").Contender} contender @param {number} connections
 * @param {(connections: number, epoch: string | undefined) => Partial<import("./loader.mjs").LoaderOptions>} requests
 * @returns {Promise<Figures>}
 */
function measured(contender, connections, requests) {
  return withSides(async (open) => {
    const server = await open.server(contender);
    const epoch = contender === withLogin ? await currentEpoch(server.port) : undefined;
    await open.loader(server, { connections: connections / 10, ...requests(connections / 10, epoch), ramp: RAMP });
    const { cpuUs: before } = await server.usage();
    const startedAt = performance.now();
    await open.loader(server, { connections, ...requests(connections, epoch), ramp: RAMP });
    const wallUs = (performance.now() - startedAt) * 1_000;
    return { wallUs, cpuUs: (await server.usage()).cpuUs - before };
  });
}

function subscribe() {
  return { texts: subscribeTexts(1), each: 1 };
}

/** Each connection logs in as another user, and resumes at the present position. @param {number} connections @param {string} [epoch] */
function loginAndResume(connections, epoch) {
  const logins = Array.from({ length: connections }, (_, user) =>
    JSON.stringify({ type: "auth.login", payload: { token: tokenOf(`user-${user}`) } }),
  );
  const resume = JSON.stringify({ type: "bars.subscribe", payload: paramsOf(0), resume: { epoch, offset: 0 } });
  return { texts: [...logins, ...logins.map(() => resume)], each: 2, stride: connections };
}

/** Subscribes without an end, so that the topic stays, and returns its epoch. @param {number} port @returns {Promise<string>} */
async function currentEpoch(port) {
  const { WebSocket } = await import("../rivals/websocket.mjs");
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/ws?protocol=2`);
  return new Promise((resolve, reject) => {
    socket.onopen = () => socket.send(JSON.stringify({ type: "bars.subscribe", payload: paramsOf(0) }));
    socket.onerror = () => reject(new Error("The server refused a connection"));
    socket.onmessage = ({ data }) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === "bars.subscribe.response") resolve(payload.epoch);
    };
  });
}

/** @param {string} subject */
function tokenOf(subject) {
  const encode = (/** @type {object} */ value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: subject, exp: 4_102_444_800 })}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}

/** @param {boolean} quick @param {(step: string) => void} showProgress */
async function snapshots(quick, showProgress) {
  const connections = quick ? 20 : 1_000;
  const rows = withRows.options.rows;
  // The reply, the updates and the message that the snapshot is complete, after the welcome.
  const greeting = JSON.stringify({ type: "rows.subscribe", payload: { name: "all" } });
  const figures = [];
  for (let round = 1; round <= (quick ? 1 : ROUNDS); round++) {
    showProgress(`snapshots, round ${round}`);
    figures.push(await measured(withRows, connections, () => ({ texts: [], greeting, greetings: rows + 3 })));
  }
  const cpuUs = median(figures.map((figure) => figure.cpuUs));
  const seconds = median(figures.map(({ wallUs }) => wallUs)) / 1e6;
  return {
    title: `A snapshot of ${rows.toLocaleString("en")} keys to ${connections.toLocaleString("en")} new connections`,
    head: ["server", "seconds", "CPU ms per connection", "CPU µs per update"],
    rows: [
      [
        wsServer.name,
        seconds.toFixed(2),
        (cpuUs / connections / 1_000).toFixed(2),
        (cpuUs / connections / rows).toFixed(2),
      ],
    ],
  };
}
