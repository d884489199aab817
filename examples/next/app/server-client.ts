import { createClient } from "@trading/ws-client";
import WebSocket from "ws";
import { STREAM_URL } from "./server-url";

/** The client of the server. All requests share it, because quotes are public. Node.js before version 22 has no WebSocket. */
export const serverClient = createClient({ url: STREAM_URL, WebSocket });
