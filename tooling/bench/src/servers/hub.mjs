import { IpcHub } from "@trading/ws-server/cluster";

/** Starts the hub of several workers. Its port is the path of its socket. */
export async function start() {
  const hub = await IpcHub.listen();
  return { port: hub.path, publish() {} };
}
