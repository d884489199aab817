import { type StreamServer, SUBPROTOCOL } from "@trading/ws-server";
import { z } from "zod";
import type { ServerModule } from "../modules/module.js";
import type { FastifyZod } from "./fastify-zod.js";
import { named } from "./named-schema.js";

const count = z.int().nonnegative();

const health = named(
  "Health",
  z.object({
    status: z
      .enum(["ok", "draining"])
      .meta({ description: "`draining`: the server is stopping and rejects new sockets" }),
    version: z.string(),
    modules: z.array(
      z.object({
        name: z.string(),
        ready: z.boolean().meta({ description: "Whether it serves requests now" }),
        status: z.enum(["ready", "standby", "unavailable"]).meta({
          description:
            "`standby`: another server serves its requests, and this one takes over when that one ends; `unavailable`: it retries by itself",
        }),
      }),
    ),
    connections: count,
    topics: count.meta({ description: "Active topics, including lingering ones without subscribers" }),
    subscriptions: count.meta({ description: "Total over all connections" }),
  }),
);

const versions = named(
  "Versions",
  z.object({
    server: z.string(),
    api: z.literal("v1").meta({ description: "Version of the HTTP API, as in the paths" }),
    protocols: z.array(z.string()).meta({
      description: "Protocols of the socket: the base protocol, and the session extension by its subprotocol",
    }),
    modules: z.array(z.object({ name: z.string(), version: z.string() })),
    login: z.enum(["demo", "token", "none"]).meta({
      description:
        "How clients obtain access to an account: `demo` from POST auth/demo-token, `token` with a token of an external issuer, `none` not at all",
    }),
  }),
);

/** Information about the server that `health` and `versions` report. */
export interface About {
  readonly version: string;
  readonly stream: StreamServer;
  readonly modules: readonly ServerModule[];
  readonly login: z.output<typeof versions>["login"];
  isDraining(): boolean;
}

/** Registers `GET health` and `GET versions`. They are public, so they contain nothing confidential. */
export function aboutRest(rest: FastifyZod, { version, stream, modules, login, isDraining }: About): void {
  rest.get(
    "/health",
    { schema: { operationId: "getHealth", summary: "Status and load of the server", response: { 200: health } } },
    () => ({
      status: isDraining() ? ("draining" as const) : ("ok" as const),
      version,
      modules: modules.map((module) => {
        const { status } = module.readiness();
        return { name: module.name, ready: status === "ready", status };
      }),
      ...stream.counts(),
    }),
  );
  rest.get(
    "/versions",
    {
      schema: {
        operationId: "getVersions",
        summary: "Versions and protocols of the server",
        response: { 200: versions },
      },
    },
    () => ({
      server: version,
      api: "v1" as const,
      protocols: ["base", SUBPROTOCOL],
      modules: modules.map(({ streams }) => ({ name: streams.name, version: streams.version })),
      login,
    }),
  );
}
