import type { Client } from "../client.js";
import type { SocketConstructor } from "../options.js";
import type { Position } from "../subscriptions/listener.js";

/**
 * Reconnects a client, and changes the positions from which it resumes its topics.
 *
 * A client without the option `WebSocket` looks up the global one on each connect, so it is replaced for the time of this call.
 * With the option the client reconnects from its positions.
 *
 * @param change returns another position, or undefined for a subscribe without one
 * @returns whether the positions are changed
 */
export function reconnect(client: Client, change: (resume: Position) => Position | undefined): boolean {
  const target = globalThis as { WebSocket?: SocketConstructor };
  const { WebSocket } = target;
  let isChanged = false;
  client.disconnect();
  if (WebSocket) {
    target.WebSocket = function changing(url: string, subprotocols?: string[]) {
      const socket = new WebSocket(url, subprotocols);
      const send = socket.send.bind(socket);
      socket.send = changer(change, send);
      isChanged = true;
      return socket;
    } as unknown as SocketConstructor;
  }
  try {
    client.connect();
  } finally {
    if (WebSocket) target.WebSocket = WebSocket;
  }
  return isChanged;
}

/** Returns a `send` that changes the first subscribe of each topic: a later one resumes from this connection. */
function changer(change: (resume: Position) => Position | undefined, send: (text: string) => void) {
  const changed = new Set<string>();
  return (text: string): void => {
    const { resume, ...frame } = JSON.parse(text);
    const topic = JSON.stringify([frame.type, frame.payload]);
    const isFirst = resume !== undefined && !changed.has(topic);
    if (isFirst) changed.add(topic);
    send(isFirst ? JSON.stringify({ ...frame, resume: change(resume) }) : text);
  };
}
