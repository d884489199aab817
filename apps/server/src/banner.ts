import { bars, encodeMessage } from "@trading/topic";
import type { Datafeed } from "./modules/datafeed/service.js";

/** Where to look, for whoever has just started the server. */
export function banner(host: string, port: number, path: string, datafeed: Datafeed): string {
  const at = `${nameOf(host)}:${port}`;
  const [symbol = ""] = datafeed.instruments.keys();
  const [resolution = "1"] = datafeed.resolutions;
  const example = encodeMessage({ type: `${bars.name}.subscribe`, payload: { symbol, resolution } });
  return [
    `page      http://${at}/`,
    `socket    ws://${at}${path}`,
    `send it   ${example}`,
    `history   http://${at}/api/v1/datafeed/bars?symbol=${encodeURIComponent(symbol)}&resolution=${resolution}`,
    `datafeed  ${datafeed.description}`,
  ].join("\n");
}

/** A name under which a browser on this machine finds the server. */
function nameOf(host: string): string {
  if (["127.0.0.1", "0.0.0.0", "::", "::1"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
