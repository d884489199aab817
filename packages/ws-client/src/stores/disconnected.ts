import type { ConnectionState } from "../connection/connection.js";

/** The state of a connection on a server, and in a browser until it has rendered the same as the server. */
export const DISCONNECTED: ConnectionState = {
  status: "disconnected",
  reason: "Connects with the first subscription",
};
