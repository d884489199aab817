// The program of the monitoring thread. It owns the port, so that it replies while the main thread's event loop is blocked.
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, request as sendRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { MessageChannel, parentPort, workerData } from "node:worker_threads";
import type { LogFields } from "@trading/ws-server";
import { Claim } from "./claim.js";
import { createGuardedListener } from "./guarded-listener.js";
import { LoopBeat } from "./loop-beat.js";
import { PortStream } from "./port-stream.js";
import { replyWithJson } from "./reply.js";
import type { ForwardedConnection, ThreadMessage, ThreadSettings } from "./thread-messages.js";

/** Interval at which a request that waits for the main thread looks whether that is blocked. */
const CHECK_MS = 100;

/** Headers of one connection (RFC 9110, section 7.6.1), which are not forwarded. */
const CONNECTION_HEADERS = new Set(["connection", "expect", "keep-alive", "transfer-encoding", "upgrade"]);

const { port, host, allowedHosts, sockets, blockedLimits, beat: memory }: ThreadSettings = workerData;
const beat = new LoopBeat(memory);
// The log is the main thread's.
const warn = (text: string, fields?: LogFields) => send({ type: "warning", text, fields });

const http = createGuardedListener({ allowedHosts, sockets, logger: { warn } }, (request, response) => {
  if (request.url?.split("?")[0] === "/healthz") replyWithHealth(response);
  else forward(request, response);
});
http.once("error", ({ message: reason }) => send({ type: "failed", reason }));
http.listen(port, host, () => {
  http.removeAllListeners("error");
  http.on("error", (error) => warn("A connection of the metrics port was not accepted", { error }));
  send({ type: "listening", port: (http.address() as AddressInfo).port });
});

function send(message: ThreadMessage, ...transferred: ForwardedConnection["port"][]): void {
  parentPort?.postMessage(message, transferred);
}

function replyWithHealth(response: ServerResponse): void {
  const loopBlockedMs = beat.blockedMs();
  const isAlive = loopBlockedMs <= blockedLimits.healthMs;
  replyWithJson(response, isAlive ? 200 : 503, { status: isAlive ? "ok" : "blocked", loopBlockedMs });
}

/** Has a request served by the main thread, unless that is blocked. */
function forward(request: IncomingMessage, response: ServerResponse): void {
  const claim = new Claim();
  const { port1, port2 } = new MessageChannel();
  const { method, url: path, socket } = request;
  const { remoteAddress: address } = socket;
  const forwarded = sendRequest({
    createConnection: () => new PortStream(port1),
    method,
    path,
    headers: withoutConnection(request.headers),
  });
  send({ type: "connection", port: port2, address, claim: claim.memory }, port2);

  const check = setInterval(() => {
    const loopBlockedMs = beat.blockedMs();
    if (loopBlockedMs <= blockedLimits.requestMs) return;
    const effect = claim.take() ? "was not carried out" : "may have been carried out";
    fail(`The server's event loop has been blocked for ${loopBlockedMs} ms: the request ${effect}.`);
  }, CHECK_MS);
  const fail = (detail: string) => {
    clearInterval(check);
    forwarded.destroy();
    if (response.headersSent) response.destroy();
    else replyWithJson(response, 503, { detail });
  };
  forwarded.on("error", () => fail("The server closed the connection before it replied."));
  forwarded.on("response", (reply) => {
    clearInterval(check);
    response.writeHead(reply.statusCode as number, withoutConnection(reply.headers));
    reply.pipe(response);
    reply.on("error", () => response.destroy());
  });
  response.once("close", () => {
    clearInterval(check);
    forwarded.destroy();
  });
  request.pipe(forwarded);
}

function withoutConnection(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name)));
}
