import { type StreamServer, SUBPROTOCOL } from "@trading/ws-server";
import { z } from "zod";
import type { ServerModule } from "../modules/module.js";
import type { FastifyZod } from "./fastify-zod.js";

const count = z.int().nonnegative();

const health = z.object({
  status: z.enum(["ok", "draining"]).meta({ description: "draining: it is about to stop, and lets no socket in" }),
  version: z.string(),
  modules: z.array(z.object({ name: z.string(), ready: z.boolean() })),
  connections: count,
  topics: count.meta({ description: "Topics that run or linger" }),
  subscriptions: count.meta({ description: "Over all connections" }),
});

const versions = z.object({
  server: z.string(),
  api: z.literal("v1").meta({ description: "Of the addresses" }),
  protocols: z
    .array(z.string())
    .meta({ description: "What the socket speaks: the base protocol, and the session extension by its subprotocol" }),
  modules: z.array(z.object({ name: z.string(), version: z.string() })),
  login: z.enum(["demo", "token", "none"]).meta({
    description: "How accounts are had: by POST auth/demo-token, by a token from elsewhere, or not at all",
  }),
});

/** What a server says of itself. */
export interface About {
  readonly version: string;
  readonly stream: StreamServer;
  readonly modules: readonly ServerModule[];
  readonly login: z.output<typeof versions>["login"];
  isDraining(): boolean;
}

/** `GET health` and `GET versions`: whether it lives and what it is. For anybody, so it tells nothing that is not. */
export function aboutRest(rest: FastifyZod, { version, stream, modules, login, isDraining }: About): void {
  rest.get("/health", { schema: { summary: "Whether it serves, and how much", response: { 200: health } } }, () => ({
    status: isDraining() ? ("draining" as const) : ("ok" as const),
    version,
    modules: modules.map((module) => ({ name: module.name, ready: module.isReady() })),
    ...stream.counts(),
  }));
  rest.get("/versions", { schema: { summary: "What it is and speaks", response: { 200: versions } } }, () => ({
    server: version,
    api: "v1" as const,
    protocols: ["base", SUBPROTOCOL],
    modules: modules.map(({ streams }) => ({ name: streams.name, version: streams.version })),
    login,
  }));
}
