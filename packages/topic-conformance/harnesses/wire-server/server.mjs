// The server of @trading/ws-server for `topic-conformance wire server`: the routes of PROTOCOL.md, and the control endpoint
// that docs/wire.md describes. For your own server, write the same endpoint in its language.
//
//   node server.mjs      prints {"url":"ws://…","control":"http://…"} and ends when its standard input closes
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { bars, closeCodes, defineOperation, executions, orders, quotes, trades } from "@trading/topic";
import {
  compactCodec,
  createServer,
  defineModule,
  lineLogger,
  SourceError,
  serve,
  serveOperation,
} from "@trading/ws-server";
import * as z from "zod/mini";

const FEATURES = [
  ...["ids", "quotes", "trades", "executions", "private", "session", "batches", "positions", "limits", "modules"],
  ...["cookie", "operations", "compact", "revoke", "withdraw", "forbid"],
  ...["legacy-bars", "both-dialects", "legacy-executions", "publish", "topics", "end", "start", "drain"],
];

const COOKIE = { name: "trading_token", origin: "https://app.example" };

const echo = serveOperation(
  defineOperation({
    name: "conformance.echo",
    request: z.object({ text: z.string(), delayMs: z.optional(z.int()), reject: z.optional(z.string()) }),
    reply: z.object({ text: z.string() }),
    access: "public",
  }),
  async ({ text, delayMs = 0, reject }) => {
    if (delayMs > 0) await sleep(delayMs);
    if (reject !== undefined) throw new SourceError(reject, "Rejected, as requested");
    return { text };
  },
);

/**
 * Starts the server and its control endpoint on free ports of this machine.
 *
 * @param {object} [options] options of `createServer` that differ from those below
 * @returns {Promise<{ url: string, control: string, close: () => Promise<void> }>}
 */
export async function startConformanceServer(options = {}) {
  const tokens = new Map();
  const withdrawn = new Set();
  const instances = new Map();
  let tokenCount = 0;

  const authenticate = (token) => {
    const principal = tokens.get(token);
    if (principal === undefined || principal.expiresAt <= Date.now()) throw new Error("unknown or expired token");
    return principal;
  };

  async function startInstance(path, settings) {
    const publishers = new Map();
    const source = {
      createTopic(topic, _params, publish) {
        publishers.set(topic, publish);
        return () => publishers.delete(topic);
      },
    };
    const { drainMs = 0, ...limits } = settings;
    const server = createServer({
      title: "conformance",
      version: "1.0.0",
      modules: [
        defineModule({ name: "datafeed", version: "1", routes: [bars, quotes, trades].map((r) => serve(r, source)) }),
        defineModule({ name: "broker", version: "1", routes: [orders, executions].map((r) => serve(r, source)) }),
        defineModule({ name: "conformance", version: "1", routes: [], operations: [echo] }),
      ],
      codec: compactCodec(),
      cookieName: COOKIE.name,
      allowedOrigins: [COOKIE.origin],
      authenticate,
      authorize: (principal, _target, { accountId }) => principal?.subject === accountId && !withdrawn.has(accountId),
      authExpiringMs: 1_200,
      lingerMs: 0,
      // A slow machine must not lose the connections that a scenario leaves silent. Scenarios of the heartbeat start a server.
      heartbeatIntervalMs: 600_000,
      // Scenarios provoke what the server warns about.
      logger: lineLogger("silent"),
      anonymousLimits: { maxRequestsPerSecond: 10_000, maxRequestBurst: 10_000 },
      ...options,
      ...limits,
    });
    const http = createHttpServer();
    server.attach(http);
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    let closed;
    const instance = {
      server,
      publishers,
      url: `ws://127.0.0.1:${http.address().port}${server.path}`,
      drain() {
        closed ??= server.close({ drainMs });
      },
      async close() {
        closed ??= server.close();
        await closed;
        http.closeAllConnections();
        http.close();
        instances.delete(path);
      },
    };
    instances.set(path, instance);
    return instance;
  }

  const actions = {
    hello: () => ({ name: "@trading/ws-server", version: "1.0.0", features: FEATURES, cookie: COOKIE }),
    topics: ({ publishers }) => ({ topics: [...publishers.keys()] }),
    publish({ publishers }, { topic, updates }) {
      const publish = publishers.get(topic);
      if (publish === undefined) throw new Error(`the topic ${topic} has no source`);
      for (const update of updates)
        if (!publish(update)) throw new Error(`the update ${JSON.stringify(update)} is invalid`);
    },
    end: ({ publishers }, { topic }) => publishers.get(topic).end(),
    token(_instance, { subject, expiresInMs }) {
      const token = `token-${++tokenCount}`;
      tokens.set(token, { subject, expiresAt: Date.now() + expiresInMs });
      return { token };
    },
    revoke: ({ server }, { subject }) => void server.revoke({ subject }),
    withdraw({ server }, { subject }) {
      withdrawn.add(subject);
      return server.reauthorize();
    },
    forbid({ server }, { subject }) {
      withdrawn.add(subject);
      const { code, reason } = closeCodes.forbidden;
      for (const connection of server.inspect().connections) {
        if (connection.subject === subject) server.closeConnection(connection.id, { code, reason });
      }
    },
    async start(_instance, { settings }) {
      const path = `/control/${instances.size}-${++tokenCount}`;
      const { url } = await startInstance(path, settings);
      return { url, control: `${origin}${path}` };
    },
    drain: (instance) => instance.drain(),
    stop: (instance) => instance.close(),
  };

  const control = createHttpServer(async (request, response) => {
    try {
      const chunks = await request.toArray();
      const { action, ...parameters } = JSON.parse(Buffer.concat(chunks).toString());
      const instance = instances.get(request.url);
      if (instance === undefined || !Object.hasOwn(actions, action))
        throw new Error(`no action ${action} at ${request.url}`);
      const reply = await actions[action](instance, parameters);
      response.setHeader("content-type", "application/json").end(JSON.stringify(reply ?? {}));
    } catch (error) {
      response.writeHead(400).end(String(error));
    }
  });
  control.listen(0, "127.0.0.1");
  await once(control, "listening");
  const origin = `http://127.0.0.1:${control.address().port}`;
  const { url } = await startInstance("/control", {});
  return {
    url,
    control: `${origin}/control`,
    async close() {
      await Promise.all([...instances.values()].map((instance) => instance.close()));
      control.closeAllConnections();
      control.close();
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { url, control, close } = await startConformanceServer();
  process.stdout.write(`${JSON.stringify({ url, control })}\n`);
  process.stdin.resume();
  await once(process.stdin, "end");
  await close();
}
