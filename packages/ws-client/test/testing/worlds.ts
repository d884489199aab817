import {
  bars,
  defineOperation,
  executions,
  orderbook,
  orders,
  parseTopic,
  quotes,
  type Route,
  trades,
} from "@trading/topic";
import {
  createServer,
  defineModule,
  type Principal,
  type Publish,
  SourceError,
  serve,
  serveOperation,
  type TopicSource,
  WsServerError,
} from "@trading/ws-server";
import { MemoryClient, RecordingLogger } from "@trading/ws-server/testing";
import * as z from "zod";
import type { SocketLike } from "../../src/index.js";
import { ManualClock, MemoryServer } from "../../src/testing/index.js";

export interface Envelope {
  readonly type: string;
  readonly payload?: Record<string, unknown>;
  readonly id?: string | number;
}

/** A client of a conversation. */
export interface TestClient {
  send(frame: object | string): void;
  leave(): void;
  /** The frames that it has received so far. */
  readonly received: readonly Envelope[];
}

/** A server with the same routes and operations, real or in memory. */
export interface World {
  connect(): Promise<TestClient>;
  /** Publishes to a topic that has or recently had a subscriber. */
  publish(topic: string, update: object): void;
  end(topic: string, code: string, retryable: boolean): void;
  /** Refuses the first subscribes of a route. */
  refuse(route: string, code: string, message: string, retryable: boolean): void;
  drain(ms: number): void;
  advance(ms: number): void;
  /** Waits until every frame in flight has arrived. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const ROUTES = [bars, quotes, trades, orderbook, orders, executions] as unknown as Route<object, object>[];

const text = z.object({ text: z.string() });
export const echo = defineOperation({ name: "test.echo", request: text, reply: text, access: "public" });
export const secret = defineOperation({ name: "test.secret", request: text, reply: text, access: "private" });

/** Replies after a delay to "late", and refuses "bad". */
async function reply({ text }: { text: string }): Promise<{ text: string }> {
  if (text === "late") for (let turn = 0; turn < 20; turn++) await undefined;
  if (text === "bad") throw new WsServerError("bad_text", "That text is bad", { retryable: true });
  return { text };
}

/** Returns the token as its subject, or null if it contains "bad". */
function subjectOf(token: string): string | null {
  return token.includes("bad") ? null : token;
}

export function memoryWorld(): World {
  const clock = new ManualClock();
  const server = new MemoryServer({
    routes: Object.fromEntries(ROUTES.map((route) => [route.name, route])),
    authenticate: subjectOf,
    clock,
  });
  server.handle(echo, reply);
  server.handle(secret, reply);
  return {
    async connect() {
      const received: Envelope[] = [];
      const socket = listen(new server.WebSocket("ws://memory/?protocol=2"), received);
      await server.settled();
      return {
        received,
        send: (frame) => socket.send(typeof frame === "string" ? frame : JSON.stringify(frame)),
        leave: () => socket.close(1000),
      };
    },
    publish: (topic, update) => {
      const { route, params } = parseTopic(topic);
      server.publish(route, params as object, update);
    },
    end: (topic, code, retryable) => server.end(topic, code, { retryable }),
    refuse: (route, code, message, retryable) => void server.refuse(route, code, message, { retryable }),
    drain: (ms) => server.drain(ms),
    advance: (ms) => clock.advance(ms),
    settle: () => server.settled(),
    close: async () => server.drop(),
  };
}

function listen(socket: SocketLike, received: Envelope[]): SocketLike {
  socket.onmessage = ({ data }: { data: string }) => void received.push(JSON.parse(data));
  return socket;
}

export function realWorld(): World {
  const clock = new ManualClock();
  const publishers = new Map<string, Publish<object>>();
  const refusals = new Map<string, SourceError>();
  const source = (route: string): TopicSource<object, object> => ({
    createTopic(topic, _params, publish) {
      const refusal = refusals.get(route);
      if (refusal) throw refusal;
      publishers.set(topic, publish);
    },
  });
  const server = createServer({
    title: "Test",
    version: "1",
    modules: [
      defineModule({
        name: "all",
        version: "1",
        routes: ROUTES.map((route) => serve(route, source(route.name))),
        operations: [serveOperation(echo, reply), serveOperation(secret, reply)],
      }),
    ],
    clock,
    logger: new RecordingLogger(),
    legacyDialects: false,
    authenticate: (token): Principal => {
      const subject = subjectOf(token);
      if (subject === null) throw new Error("no such token");
      return { subject };
    },
    authorize: (principal) => principal !== undefined,
    lingerMs: 3_600_000,
    heartbeatIntervalMs: 30_000,
  });
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    async connect() {
      const client = MemoryClient.connect(server);
      await settle();
      return {
        get received() {
          return client.messages as Envelope[];
        },
        send: (frame) => client.send(typeof frame === "string" ? frame : (frame as never)),
        leave: () => client.disconnect(),
      };
    },
    publish: (topic, update) => void publishers.get(topic)?.(update),
    end: (topic, code, retryable) => publishers.get(topic)?.end(new SourceError(code, "It ended", { retryable })),
    refuse: (route, code, message, retryable) =>
      void refusals.set(route, new SourceError(code, message, { retryable })),
    drain: (ms) => void server.close({ drainMs: ms }),
    advance: (ms) => clock.advance(ms),
    settle,
    async close() {
      const closed = server.close();
      // Lets the timers run that a closing server waits for.
      for (let turn = 0; turn < 30; turn++) {
        await settle();
        clock.advance(1_000);
      }
      await closed;
    },
  };
}
