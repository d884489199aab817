// The WebSocket that all clients of the comparison use.
export { WebSocket } from "ws";
