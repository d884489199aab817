import { spawn } from "node:child_process";
import { on, once } from "node:events";
import { Server, type Socket } from "node:net";

/** Time limit for duplicating the listening socket. */
const DUPLICATE_MS = 5_000;

/**
 * The program of the helper process: it sends a received handle back several times, and ends with its channel. The handle is
 * not listened on there, so that it takes no connection away.
 */
const ECHO = `
process.once("message", (count, handle) => {
  for (let index = 0; index < count; index++) process.send(index, handle);
});
process.once("disconnect", () => process.exit());
`;

/** Further handles of a server's listening socket, which accept connections for it. */
export interface BurstListener {
  /** Stops listening. Resolves when the connections that it has accepted are closed. */
  close(): Promise<void>;
}

/**
 * Lets a listening server accept several connections in each turn of its event loop.
 *
 * Since libuv 1.45, Node accepts one connection a turn and listening handle (https://github.com/libuv/libuv/pull/3696). A
 * server whose turns take a few milliseconds then accepts a few hundred a second, and everybody waits in the queue of the
 * kernel behind the clients that connect most. Connections that are accepted can be shared fairly, or refused. Only another
 * process can duplicate a handle: a helper sends it back, and ends.
 *
 * @param handles number of handles to add
 * @throws if the helper fails; the server then accepts one connection a turn
 */
export async function listenForBursts(server: Server, handles: number): Promise<BurstListener> {
  const helper = spawn(process.execPath, ["--eval", ECHO], { env: {}, stdio: ["ignore", "ignore", "ignore", "ipc"] });
  // Iterating reports the first error; further ones say nothing new.
  helper.on("error", () => {});
  const signal = AbortSignal.timeout(DUPLICATE_MS);
  const exited = once(helper, "exit", { signal });
  exited.catch(() => {});
  const listeners: Server[] = [];
  try {
    // A server would listen in the helper too; its handle does not.
    const { _handle: handle } = server as unknown as { _handle: Parameters<typeof helper.send>[1] };
    helper.send(handles, handle);
    for await (const [, duplicate] of on(helper, "message", { signal, close: ["exit"] } as { signal: AbortSignal })) {
      listeners.push(listenOn(duplicate, server));
      if (listeners.length === handles) break;
    }
    if (listeners.length < handles) throw new Error("The process that duplicates the listening socket has ended");
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  } finally {
    if (helper.connected) helper.disconnect();
    // Until it has ended, it keeps the socket open.
    await exited.catch(() => helper.kill());
  }
  const closed = (listener: Server) => new Promise<void>((resolve) => listener.close(() => resolve()));
  return { close: async () => void (await Promise.all(listeners.map(closed))) };
}

/** Listens on a handle, and passes its connections to a server, with the same options as those that the server accepts. */
function listenOn(handle: object, server: Server): Server {
  const listener = new Server({ allowHalfOpen: true, noDelay: true });
  listener.on("connection", (socket: Socket) => server.emit("connection", socket));
  return listener.listen(handle);
}
