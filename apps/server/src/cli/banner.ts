import { bars, encodeMessage } from "@trading/topic";
import { OPEN_ACCOUNT } from "../auth/from-env.js";
import type { Env } from "../config/env.js";
import type { Datafeed } from "../modules/datafeed/service.js";

/** Addresses of a running server, for the banner. */
export interface Started {
  readonly port: number;
  /** Undefined if METRICS_PORT is not set. */
  readonly monitoringPort: number | undefined;
  /** The path of the WebSocket endpoint. */
  readonly path: string;
  readonly datafeed: Datafeed;
}

/** Returns the lines that `npm start` prints: the server's addresses, and an example request. */
export function banner(env: Env, { port, monitoringPort, path, datafeed }: Started): string {
  const at = `${nameOf(env.HOST)}:${port}`;
  const [http, ws] = env.TLS_CERT_FILE === "" ? ["http", "ws"] : ["https", "wss"];
  const [symbol = ""] = datafeed.instruments.keys();
  const [resolution = "1"] = datafeed.resolutions;
  const example = encodeMessage({ type: `${bars.name}.subscribe`, payload: { symbol, resolution } });
  return [
    `page      ${http}://${at}/`,
    `socket    ${ws}://${at}${path}`,
    `example   ${example}`,
    `history   ${http}://${at}/api/v1/datafeed/bars?symbol=${encodeURIComponent(symbol)}&resolution=${resolution}`,
    `docs      ${http}://${at}/api/v1/docs and ${http}://${at}${path}/asyncapi`,
    `datafeed  ${datafeed.description}`,
    ...(monitoringPort === undefined ? [] : [`metrics   http://${nameOf(env.METRICS_HOST)}:${monitoringPort}/metrics`]),
    ...(env.AUTH_MODE === "demo" ? [demo(`${http}://${at}`)] : []),
  ].join("\n");
}

/** Returns the same addresses as fields of a log line. */
export function addresses(env: Env, { port, monitoringPort, path, datafeed }: Started): Record<string, string> {
  const at = `${nameOf(env.HOST)}:${port}`;
  const [http, ws] = env.TLS_CERT_FILE === "" ? ["http", "ws"] : ["https", "wss"];
  return {
    page: `${http}://${at}/`,
    socket: `${ws}://${at}${path}`,
    datafeed: datafeed.description,
    ...(monitoringPort !== undefined && { metrics: `http://${nameOf(env.METRICS_HOST)}:${monitoringPort}/metrics` }),
  };
}

function demo(origin: string): string {
  return `accounts  demo mode: any client can get a token for any account from POST ${origin}/api/v1/auth/demo-token,
          and account ${OPEN_ACCOUNT} needs none. The server only listens on this machine. To serve others, set AUTH_MODE=jwt.`;
}

/** Returns a host name at which a browser on this machine reaches the server. */
function nameOf(host: string): string {
  if (["127.0.0.1", "0.0.0.0", "::", "::1"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
