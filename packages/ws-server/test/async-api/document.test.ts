import { Parser } from "@asyncapi/parser";
import { closeCodes, type Keep, sessionMessages } from "@trading/topic";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { asyncApiDocument } from "../../src/async-api/document.js";
import { defineModule } from "../../src/server/modules.js";
import { allRoutes, placeOrder, serveNothing, service } from "./service.js";

interface Message {
  readonly name: string;
  readonly description: string;
  readonly payload: { readonly $ref: string };
  readonly tags: readonly { readonly name: string }[];
  readonly examples?: readonly { readonly payload: { readonly type: string; readonly payload?: unknown } }[];
  readonly "x-response"?: { readonly $ref: string };
  readonly "x-key"?: string;
  readonly "x-snapshot"?: string;
  readonly "x-keep"?: Keep;
}
interface Components {
  readonly schemas: { readonly [name: string]: Record<string, unknown> };
  readonly messages: { readonly [type: string]: Message };
}
interface Document2 {
  readonly channels: { readonly "/": { readonly [direction: string]: { message: { oneOf: { $ref: string }[] } } } };
  readonly components: Components;
}
interface Document3 {
  readonly operations: {
    readonly [id: string]: { action: string; messages: { $ref: string }[]; reply?: { messages: { $ref: string }[] } };
  };
  readonly components: Components;
}

const document2 = asyncApiDocument(service, "2.4.0") as Document2;
const document3 = asyncApiDocument(service, "3.0.0") as Document3;
const last = ({ $ref }: { $ref: string }) => $ref.split("/").at(-1) as string;

describe("the official parser", () => {
  /** Recommendations that the document leaves to the operator of the server. */
  const LEFT = ["asyncapi-id", "asyncapi-servers", "asyncapi-info-contact", "asyncapi-info-license"];

  test.each([
    ["2.4.0", document2, LEFT],
    ["3.0.0", document3, []],
  ] as const)(
    "accepts the document of version %s without unexpected diagnostics, and each of its models has a unique name",
    async (version, written, left) => {
      const { document, diagnostics } = await new Parser().parse(JSON.stringify(written));
      const codes = diagnostics.map(({ code }) => code).filter((code) => code !== "asyncapi-latest-version");
      expect(codes.sort()).toEqual([...left].sort());
      expect(document?.version()).toBe(version);

      const names = new Map<string, string>();
      const unnamed: string[] = [];
      for (const schema of document?.allSchemas() ?? []) {
        const json = schema.json() as { readonly title?: string; readonly enum?: readonly unknown[] };
        const isModel = schema.type() === "object" || schema.anyOf() !== undefined || schema.oneOf() !== undefined;
        if (!isModel) continue;
        if (json.title === undefined) unnamed.push(JSON.stringify(json));
        else {
          // The parser returns a schema once for each reference to it.
          const text = JSON.stringify(json, (key, value) => (key.startsWith("x-parser-") ? undefined : value));
          expect(names.get(json.title) ?? text, json.title).toBe(text);
          names.set(json.title, text);
        }
      }
      expect(unnamed).toEqual([]);
      expect([...names.keys()]).toEqual(expect.arrayContaining(["BarsData", "QuotesData", "OrdersDataDuration"]));
    },
  );
});

describe("version 2.4.0 has the shape that FastWS 0.1.7 writes", () => {
  test("has one channel, where the client publishes requests and subscribes to all other messages", () => {
    expect(Object.keys(document2.channels)).toEqual(["/"]);
    const { publish, subscribe } = document2.channels["/"];
    const requests = [
      ...allRoutes.flatMap(({ name }) => [`${name}.subscribe`, `${name}.unsubscribe`]),
      placeOrder.name,
    ];
    expect(publish?.message.oneOf.map(last).sort()).toEqual(requests.sort());
    const outgoing = [...requests.map((type) => `${type}.response`), ...allRoutes.map(({ name }) => `${name}.update`)];
    expect(subscribe?.message.oneOf.map(last).sort()).toEqual(outgoing.sort());
    expect(Object.keys(document2.components.messages).sort()).toEqual([...requests, ...outgoing].sort());
  });

  test("refers from a request to its reply by x-response, and describes each message", () => {
    for (const [type, message] of Object.entries(document2.components.messages)) {
      const isRequest = `${type}.response` in document2.components.messages;
      const response = isRequest ? { $ref: `#/components/messages/${type}.response` } : undefined;
      expect(message["x-response"]).toEqual(response);
      expect(message.description).not.toBe("");
      expect(message.tags.length).toBeGreaterThan(0);
      expect(message.examples).toHaveLength(1);
    }
    const order = Object.keys(document2.components.messages["bars.subscribe"] ?? {});
    expect(order.filter((key) => ORDER_OF_FASTWS.includes(key))).toEqual(ORDER_OF_FASTWS);
    expect(document2.components.messages["orders.update"]?.tags).toEqual([{ name: "broker" }, { name: "account" }]);
  });

  const ORDER_OF_FASTWS = ["messageId", "name", "title", "description", "contentType", "payload", "x-response", "tags"];

  test("a payload is the whole frame", () => {
    const frame = document2.components.schemas[last(document2.components.messages["bars.subscribe"]?.payload as never)];
    expect(frame).toMatchObject({
      type: "object",
      required: ["type", "payload"],
      properties: { type: { const: "bars.subscribe" }, payload: { $ref: "#/components/schemas/bars.params" } },
    });
    expect(document2.components.schemas["bars.params"]).toEqual({
      title: "BarsParams",
      type: "object",
      required: ["symbol", "resolution"],
      properties: {
        symbol: { type: "string", minLength: 1, maxLength: 64 },
        resolution: {
          title: "BarsParamsResolution",
          type: "string",
          enum: ["1", "5", "15", "30", "60", "D", "W", "M"],
        },
      },
    });
  });
});

describe("version 3.0.0", () => {
  test("has requests with replies instead of x-response, and includes the session extension", () => {
    const replies = new Map(
      Object.entries(document3.operations).map(([id, { reply }]) => [id, reply && last(reply.messages[0] as never)]),
    );
    for (const [type, message] of Object.entries(document2.components.messages)) {
      if (message["x-response"]) expect(replies.get(type)).toBe(last(message["x-response"]));
    }
    expect(replies.get("ping")).toBe("pong");
    expect(replies.get("auth.login")).toBe("auth.login.response");
    expect(document3.operations["session.welcome"]?.action).toBe("send");
    expect(document3.operations["bars.subscribe"]?.action).toBe("receive");
    expect(document3.operations.error?.action).toBe("send");
    for (const type of Object.keys(sessionMessages)) expect(document3.components.messages).toHaveProperty([type]);
    for (const type of Object.keys(document2.components.messages)) {
      expect(document3.components.messages).toHaveProperty([type]);
    }
  });

  test("requires a token for private routes", () => {
    const security = [{ $ref: "#/components/securitySchemes/bearer" }];
    expect(document3.operations["orders.subscribe"]).toMatchObject({ security });
    expect(document3.operations["orders.place"]).toMatchObject({ security });
    expect(document3.operations["bars.subscribe"]).not.toHaveProperty("security");
  });
});

describe("examples", () => {
  const payloadOf = (type: string) => document3.components.messages[type]?.examples?.[0]?.payload.payload as never;

  test.each(allRoutes.map((route) => [route.name, route] as const))(
    "of %s are what its own parsers accept",
    (name, route) => {
      const params = payloadOf(`${name}.subscribe`);
      expect(() => route.parseParams(params)).not.toThrow();
      const { topic, payload } = payloadOf(`${name}.update`) as { topic: string; payload: unknown };
      expect(topic).toBe(route.topic(params));
      expect(() => route.parseUpdate(payload)).not.toThrow();
      expect(payloadOf(`${name}.subscribe.response`)).toEqual({ status: "ok", message: "Subscribed", topic });
      expect(payloadOf(`${name}.unsubscribe.response`)).toEqual({ status: "ok", message: "Unsubscribed", topic });
    },
  );

  test("of an operation are accepted by its parsers", () => {
    expect(() => placeOrder.parseRequest(payloadOf("orders.place"))).not.toThrow();
    expect(() => placeOrder.parseReply(payloadOf("orders.place.response"))).not.toThrow();
  });

  test.each(Object.entries(sessionMessages))("of the session message %s match its schema", (type, schema) => {
    expect(z.safeParse(schema as z.ZodMiniType, payloadOf(type)).success).toBe(true);
  });

  test("are the schema's own if it has some, and are omitted if none can be made", () => {
    const strange = serveNothing({
      name: "strange",
      params: z.object({ symbol: z.string().check(z.meta({ examples: ["AAPL"], description: "A ticker" })) }),
      update: z.object({ code: z.string().check(z.regex(/^[A-Z]{3}-\d+$/)) }),
    });
    const modules = [defineModule({ name: "m", version: "1", routes: [strange] })];
    const { components } = asyncApiDocument({ ...service, modules }, "2.4.0") as Document2;
    expect(components.messages["strange.subscribe"]?.examples?.[0]?.payload.payload).toEqual({ symbol: "AAPL" });
    expect(components.schemas["strange.params"]?.properties).toMatchObject({ symbol: { description: "A ticker" } });
    expect(components.messages["strange.update"]).not.toHaveProperty("examples");
  });
});

describe("both versions", () => {
  test("contain the table of close codes, as data and as text", () => {
    for (const version of ["2.4.0", "3.0.0"] as const) {
      const document = asyncApiDocument(service, version) as Record<string, unknown> & {
        info: { description: string };
      };
      expect(document["x-close-codes"]).toEqual(Object.values(closeCodes));
      for (const { code, reason } of Object.values(closeCodes)) {
        expect(document.info.description).toContain(`| ${code} | ${reason} |`);
      }
    }
  });

  test("contain the key, snapshot and retention of each route on its update, for generated clients", () => {
    for (const { components } of [document2, document3]) {
      for (const { name, key, snapshot, keep } of allRoutes) {
        const update = components.messages[`${name}.update`] as Message;
        expect([update["x-key"], update["x-snapshot"], update["x-keep"] ?? {}]).toEqual([key, snapshot, keep]);
      }
      const elsewhere = Object.entries(components.messages).filter(([type]) => !type.endsWith(".update"));
      for (const [, message] of elsewhere) expect(message).not.toHaveProperty("x-snapshot");
    }
  });

  test("are deterministic", () => {
    for (const version of ["2.4.0", "3.0.0"] as const) {
      const write = () => JSON.stringify(asyncApiDocument(service, version));
      expect(write()).toBe(write());
    }
  });

  test("support a recursive schema", async () => {
    const tree: z.ZodMiniType = z.object({
      get children() {
        return z.array(tree);
      },
    });
    const route = serveNothing({ name: "tree", params: z.object({ id: z.string() }), update: tree });
    const modules = [defineModule({ name: "m", version: "1", routes: [route] })];
    const document = asyncApiDocument({ ...service, modules }, "3.0.0");
    const { diagnostics } = await new Parser().parse(JSON.stringify(document));
    expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
  });
});
