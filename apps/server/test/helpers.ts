import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Bar } from "@trading/topic";
import { systemClock, systemRandom } from "@trading/ws-server";
import type { ManualClock } from "@trading/ws-server/testing";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { type AppOptions, createApp } from "../src/app.js";
import { parseEnv } from "../src/config/env.js";
import { createLogger } from "../src/logger.js";
import type { Datafeed } from "../src/modules/datafeed/service.js";
import { createModules } from "../src/modules/index.js";
import type { ServerModule } from "../src/modules/module.js";

export const silent = createLogger("silent", "json");

/** Apple's daily bars from 2013-05-13 to 2018-05-11. */
export const AAPL_CSV = fileURLToPath(import.meta.resolve("@observablehq/sample-datasets/aapl.csv"));

/** Reads the same bars without the code under test. */
export function aaplBars(): Bar[] {
  const lines = readFileSync(AAPL_CSV, "utf8").trim().split("\n").slice(1);
  return lines.map((line) => {
    const [date, open, high, low, close, , volume] = line.split(",");
    return {
      time: Date.parse(`${date}T00:00:00Z`),
      open: Number(open),
      high: Number(high),
      low: Number(low),
      close: Number(close),
      volume: Number(volume),
    };
  });
}

/** Starts the reference server in this process with only its datafeed. */
export async function startApp(datafeed: Datafeed, clock: ManualClock, pageDirectory?: string, logger = silent) {
  const context = { env: parseEnv({}), datafeed, clock, random: systemRandom, logger, dataDirectory: undefined };
  const modules = await createModules(["datafeed"], context);
  return serveModules(modules, { clock, logger, pageDirectory });
}

/** Starts the reference server with these modules in this process, on a free port. Closes it when the test ends. */
export async function serveModules(modules: readonly ServerModule[], options: Partial<AppOptions> = {}) {
  // Topics end immediately, so that a test that checks for remaining topics does not have to wait.
  const app = await createApp({ modules, clock: systemClock, logger: silent, streaming: { lingerMs: 0 }, ...options });
  onTestFinished(() => app.close());
  const port = await app.listen(0, "127.0.0.1");
  return { app, http: `http://127.0.0.1:${port}`, url: `ws://127.0.0.1:${port}/api/v1/ws` };
}

/** A received frame. */
export interface Frame {
  readonly type: string;
  readonly payload: {
    readonly status?: string;
    readonly code?: string;
    readonly message?: string;
    readonly topic: string;
    readonly payload?: Record<string, unknown>;
  };
}

/** A plain WebSocket client. Its connection is terminated when the test ends. */
export class Client {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  #read = 0;
  #wake = () => {};

  private constructor(socket: WebSocket) {
    this.socket = socket;
    for (const event of ["message", "close", "error"]) {
      socket.on(event, (data: unknown) => {
        if (event === "message") this.frames.push(JSON.parse(String(data)));
        this.#wake();
      });
    }
  }

  /** @param token sent as a bearer token. @default none */
  static async connect(url: string, token?: string): Promise<Client> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const client = new Client(new WebSocket(url, { headers }));
    onTestFinished(() => client.socket.terminate());
    await once(client.socket, "open");
    return client;
  }

  send(type: string, payload: object): void {
    this.socket.send(JSON.stringify({ type, payload }));
  }

  /** Returns the next unread frame, and waits for it if necessary. */
  async next(): Promise<Frame> {
    while (this.frames.length <= this.#read) {
      if (this.socket.readyState >= WebSocket.CLOSING) throw new Error("closed before the next frame");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.frames[this.#read++] as Frame;
  }

  /** Returns the data of the next frame, which must be an update. */
  async update<Update = Bar>(): Promise<Update> {
    const frame = await this.next();
    if (!frame.type.endsWith(".update")) throw new Error(`not an update: ${JSON.stringify(frame)}`);
    return frame.payload.payload as Update;
  }
}

export async function getJson<Body>(url: string, init?: RequestInit): Promise<{ status: number; body: Body }> {
  const response = await fetch(url, init);
  return { status: response.status, body: (await response.json()) as Body };
}
