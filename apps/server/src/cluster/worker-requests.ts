import { type IncomingHttpHeaders, request as sendRequest } from "node:http";
import { buffer } from "node:stream/consumers";

/** A request for workers. */
export interface WorkerRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: IncomingHttpHeaders;
  readonly body?: Uint8Array;
}

/** The reply of a worker. */
export interface WorkerReply {
  readonly worker: number;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Time for a worker to reply. */
const REPLY_MS = 5_000;

/**
 * Sends a request to one worker over its private socket.
 *
 * @throws Error if it has not replied completely within five seconds
 */
export async function sendToWorker(
  worker: number,
  socketPath: string,
  { method, path, headers = {}, body }: WorkerRequest,
): Promise<WorkerReply> {
  const request = sendRequest({
    socketPath,
    method,
    path,
    headers: { ...headers, host: "localhost", "content-length": body?.length ?? 0 },
    agent: false,
    signal: AbortSignal.timeout(REPLY_MS),
  });
  const reply = new Promise<WorkerReply>((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => {
      const { statusCode: status = 0, headers: replied } = response;
      buffer(response).then((received) => resolve({ worker, status, headers: replied, body: received }), reject);
    });
  });
  request.end(body);
  return reply;
}
