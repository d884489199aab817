import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installLockedPackages } from "../../src/locked-packages.mjs";
import { compileLoader } from "./loader.mjs";

const RIVALS = fileURLToPath(new URL("../rivals", import.meta.url));

const CENTRIFUGO_VERSION = "6.9.1";
const CENTRIFUGO_FOLDER = fileURLToPath(
  new URL(`../node_modules/.cache/centrifugo-${CENTRIFUGO_VERSION}`, import.meta.url),
);
const FASTWS_VERSION = "0.1.7";
const FASTWS_FOLDER = fileURLToPath(new URL(`../node_modules/.cache/fastws-${FASTWS_VERSION}`, import.meta.url));
/** FastWS requires an exact version of FastAPI only. */
const FASTWS_PACKAGES = [`fastws==${FASTWS_VERSION}`, "uvicorn==0.54.0", "websockets==17.4", "pydantic==2.14.4"];

const CENTRIFUGO = `${CENTRIFUGO_FOLDER}/centrifugo`;

/** @param {string} name */
const rival = (name) => new URL(`../rivals/${name}.mjs`, import.meta.url).href;

/** `@trading/ws-server`, which sends at the end of each turn. Batching over several turns is a separate contender. @type {import("./server.mjs").Contender} */
export const wsServer = {
  name: "@trading/ws-server",
  file: new URL("servers/ws-server.mjs", import.meta.url).href,
  options: { maxBatchDelayMs: 0 },
  dialect: { path: "/api/v1/ws" },
};

/** `@trading/ws-server` as it ships, with its batching window. @type {import("./server.mjs").Contender} */
export const wsServerBatching = {
  ...wsServer,
  name: "@trading/ws-server, batching window",
  options: {},
};

/** `@trading/ws-server` whose clients have requested batches, as `@trading/ws-client` does. @type {import("./server.mjs").Contender} */
export const wsServerBatches = {
  ...wsServer,
  name: "@trading/ws-server, batches",
  dialect: { path: "/api/v1/ws?protocol=2&maxBatchBytes=65536", greetings: 1, lines: true },
};

/** `@trading/ws-server` whose clients have requested compact updates. @type {import("./server.mjs").Contender} */
export const wsServerCompact = {
  ...wsServer,
  name: "@trading/ws-server, compact updates",
  options: { ...wsServer.options, isCompact: true },
  dialect: { ...wsServer.dialect, header: "Sec-WebSocket-Protocol: trading.v2.compact" },
};

/** `@trading/ws-server` whose clients offer compression. @type {import("./server.mjs").Contender} */
export const wsServerDeflate = {
  ...wsServer,
  name: "@trading/ws-server, permessage-deflate",
  options: { ...wsServer.options, perMessageDeflate: true },
  dialect: { ...wsServer.dialect, header: "Sec-WebSocket-Extensions: permessage-deflate" },
};

/** `@trading/ws-server` as it ships, whose TLS Node.js terminates. @type {import("./server.mjs").Contender} */
export const wsServerTls = {
  ...wsServerBatching,
  name: "@trading/ws-server, TLS",
  options: { hasTls: true },
  dialect: { ...wsServer.dialect, tls: true },
};

/** `@trading/ws-server` with its batching window, whose clients offer compression. @type {import("./server.mjs").Contender} */
export const wsServerBatchingDeflate = { ...wsServerDeflate, options: { perMessageDeflate: true } };

/** The hub of several workers, in a separate process. @type {import("./server.mjs").Contender} */
export const hub = { name: "the hub", file: new URL("servers/hub.mjs", import.meta.url).href };

/** @type {import("./server.mjs").Contender} */
export const wsNaive = { name: "ws, stringify and send each", file: rival("ws"), options: { stringify: "each" } };

/** @type {import("./server.mjs").Contender} */
export const wsOnce = { name: "ws, stringify once", file: rival("ws"), options: { stringify: "once" } };

/** The client opens a namespace first; its requests are Socket.IO events. @type {import("./server.mjs").Contender} */
export const socketIo = {
  name: "Socket.IO rooms",
  file: rival("socket-io"),
  dialect: { path: "/socket.io/?EIO=4&transport=websocket", greeting: "40", greetings: 2 },
  textOf(request) {
    const { type, payload } = JSON.parse(request);
    return `42${JSON.stringify([type, payload])}`;
  },
};

/** @type {import("./server.mjs").Contender} */
export const uWebSockets = { name: "uWebSockets publish", file: rival("uwebsockets") };

/** @type {import("./server.mjs").Contender} */
export const netEach = { name: "net, write each", file: rival("net"), options: { coalesced: false } };

/** @type {import("./server.mjs").Contender} */
export const netCoalesced = { name: "net, coalesced", file: rival("net"), options: { coalesced: true } };

/** Centrifugo with its engine on Redis. It joins the messages that wait for a client to a frame, one a line. @type {import("./server.mjs").Contender} */
export const centrifugo = {
  name: "Centrifugo, history for recovery",
  file: rival("centrifugo"),
  options: { program: CENTRIFUGO, hasHistory: true },
  dialect: {
    path: "/connection/websocket",
    greeting: JSON.stringify({ id: 1_000_000, connect: {} }),
    greetings: 1,
    lines: true,
  },
  textOf(request) {
    const { symbol } = JSON.parse(request).payload;
    return JSON.stringify({ id: Number(symbol) + 1, subscribe: { channel: symbol } });
  },
};

/** A single node of Centrifugo, which keeps everything in memory. @type {import("./server.mjs").Contender} */
export const centrifugoAlone = {
  ...centrifugo,
  name: "Centrifugo",
  options: { ...centrifugo.options, hasHistory: false },
};

/** @type {import("./server.mjs").Contender} */
export const centrifugoWithoutHistory = {
  ...centrifugo,
  name: "Centrifugo, no history",
  options: { ...centrifugo.options, hasHistory: false },
};

/** FastWS on uvicorn, in Python. @type {import("./server.mjs").Contender} */
export const fastWs = {
  name: `FastWS ${FASTWS_VERSION}`,
  file: rival("fastws"),
  options: { python: `${FASTWS_FOLDER}/bin/python` },
};

/** Returns the name and version of each rival. */
export function rivalVersions() {
  const { dependencies } = JSON.parse(readFileSync(`${RIVALS}/package.json`, "utf8"));
  return Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
}

/** Installs the rivals unless they are installed. They are outside the workspace, because uWebSockets ships binaries for every platform. */
export function installRivals() {
  installLockedPackages(RIVALS, "Installing the rivals (once; 260 MB, most of it uWebSockets' binaries) …");
}

/** Compiles Centrifugo with Go, unless it is compiled. @returns {boolean} false, after a message, if that is not possible */
export function installCentrifugo() {
  if (existsSync(CENTRIFUGO)) return true;
  console.error(`Compiling Centrifugo ${CENTRIFUGO_VERSION} with Go (once; some minutes) …`);
  const module = `github.com/centrifugal/centrifugo/v6@v${CENTRIFUGO_VERSION}`;
  const env = { ...process.env, GOBIN: CENTRIFUGO_FOLDER };
  const { error, status } = spawnSync("go", ["install", module], { env, stdio: ["ignore", "ignore", "inherit"] });
  if (status === 0) return true;
  const reason = error === undefined ? `"go install ${module}" failed, see above` : `go: ${error.message}`;
  console.error(`Centrifugo is skipped: ${reason}.`);
  return false;
}

/** Installs FastWS in an environment for Python, unless it is there. @returns {boolean} false, after a message, if that is not possible */
export function installFastWs() {
  const stamp = `${FASTWS_FOLDER}/installed`;
  const wanted = FASTWS_PACKAGES.join(" ");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return true;
  console.error(`Installing FastWS ${FASTWS_VERSION} (once) …`);
  const steps = [
    ["python3", "-m", "venv", FASTWS_FOLDER],
    [
      `${FASTWS_FOLDER}/bin/python`,
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      ...FASTWS_PACKAGES,
    ],
  ];
  for (const [command, ...args] of steps) {
    const { error, status } = spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
    if (status === 0) continue;
    console.error(`FastWS is skipped: ${error?.message ?? `"${command} ${args.join(" ")}" failed, see above`}.`);
    return false;
  }
  writeFileSync(stamp, wanted);
  return true;
}

/** Returns whether clients with TLS can be measured; false, after a message, without OpenSSL. */
export function hasTlsClients() {
  try {
    const { error, status } = spawnSync("openssl", ["version"]);
    if (status !== 0) throw error ?? new Error("openssl failed");
    compileLoader(true);
    return true;
  } catch (error) {
    console.error(`TLS is skipped: ${/** @type {Error} */ (error).message}`);
    return false;
  }
}
