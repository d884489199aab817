import { envelope, type Operation, type Route, subscriptionReply, updatePayload } from "@trading/topic";
import { type JsonSchema, jsonSchemaOf } from "@trading/topic/json-schema";
import type { Module } from "../server/modules.js";
import { exampleOf } from "./example.js";
import { type Contract, type DocumentedMessage, refTo, schemaAt, titleOf } from "./message.js";

/** Returns the messages of modules in order, and their schemas. */
export function contractOf(modules: readonly Module[]): Contract {
  const parts = modules.flatMap(({ name, tags = [], routes, operations = [] }) => [
    ...routes.map(({ route }) => routeContract(route, [name, ...tags])),
    ...operations.map(({ operation }) => operationContract(operation, [name, ...tags])),
  ]);
  return {
    messages: parts.flatMap(({ messages }) => messages),
    schemas: Object.assign(sharedSchemas(), ...parts.map(({ schemas }) => schemas)),
  };
}

/** Returns the schemas that all routes and operations use. */
function sharedSchemas(): Contract["schemas"] {
  const { id, resume } = envelope.def.shape;
  return {
    MessageId: jsonSchemaOf(id, schemaAt("MessageId")),
    Position: jsonSchemaOf(resume, schemaAt("Position")),
    SubscriptionReply: jsonSchemaOf(subscriptionReply, schemaAt("SubscriptionReply")),
    Refusal: REFUSAL,
  };
}

/** The error reply of a module's operation: like that of a subscribe, without a topic. */
const REFUSAL: JsonSchema = {
  type: "object",
  required: ["status", "message", "code"],
  properties: {
    status: { type: "string", const: "error" },
    message: { type: "string", description: "For a person." },
    code: { type: "string", description: "For a program." },
  },
};

/** Returns a route's messages and schemas. Schema names have a suffix, so that those of routes and operations never collide. */
function routeContract(route: Route<unknown, unknown>, tags: readonly string[]): Contract {
  const { name, summary, access } = route;
  const paramsName = `${name}.params`;
  const dataName = `${name}.data`;
  const updateName = `${name}.update`;
  const params = jsonSchemaOf(route.params, schemaAt(paramsName));
  const data = jsonSchemaOf(route.update, schemaAt(dataName));
  const paramsExample = accepted(params, (value) => route.parseParams(value));
  const dataExample = accepted(data, (value) => route.parseUpdate(value));
  const topic = paramsExample === undefined ? undefined : route.buildTopic(paramsExample);
  const shared = { tags, access };
  const request = { ...shared, from: "client", payload: refTo(paramsName), example: paramsExample } as const;
  const reply = (message: string) => ({
    ...shared,
    from: "server" as const,
    payload: refTo("SubscriptionReply"),
    example: topic === undefined ? undefined : { status: "ok", message, topic },
  });
  const messages: DocumentedMessage[] = [
    {
      ...request,
      type: `${name}.subscribe`,
      summary: `Subscribe to ${name}`,
      description: `${summary} The reply contains the topic; its updates follow.`,
      reply: `${name}.subscribe.response`,
      resumes: true,
    },
    {
      ...reply("Subscribed"),
      type: `${name}.subscribe.response`,
      summary: `Reply to ${name}.subscribe`,
      description: "The subscribed topic, or an error.",
    },
    {
      ...request,
      type: `${name}.unsubscribe`,
      summary: `Unsubscribe from ${name}`,
      description: "Ends the topic's updates. Succeeds also without a subscription.",
      reply: `${name}.unsubscribe.response`,
    },
    {
      ...reply("Unsubscribed"),
      type: `${name}.unsubscribe.response`,
      summary: `Reply to ${name}.unsubscribe`,
      description: "No update of the topic follows.",
    },
    {
      ...shared,
      type: `${name}.update`,
      from: "server",
      summary: `Update of ${name}`,
      description: summary,
      key: route.key,
      snapshot: route.snapshot,
      keep: route.keep,
      payload: refTo(updateName),
      example: topic === undefined || dataExample === undefined ? undefined : { topic, payload: dataExample },
    },
  ];
  return {
    messages,
    schemas: {
      [paramsName]: params,
      [dataName]: data,
      [updateName]: updateSchema(route, dataName),
    },
  };
}

/** Returns the schema of an update's envelope, with a reference to the route's schema. */
function updateSchema(route: Route<unknown, unknown>, dataName: string): JsonSchema {
  const wrapped = updatePayload(route.update as Parameters<typeof updatePayload>[0]);
  const schema = jsonSchemaOf(wrapped, schemaAt(`${route.name}.update`));
  return { ...schema, properties: { ...(schema.properties as object), payload: refTo(dataName) } };
}

function operationContract(operation: Operation<unknown, unknown>, tags: readonly string[]): Contract {
  const { name, summary, access } = operation;
  const response = `${name}.response`;
  const requestName = `${name}.request`;
  const replyName = `${name}.reply`;
  const request = jsonSchemaOf(operation.request, schemaAt(requestName));
  const reply = jsonSchemaOf(operation.reply, schemaAt(replyName));
  return {
    messages: [
      {
        type: name,
        from: "client",
        summary: summary || titleOf(name),
        description: summary,
        tags,
        access,
        reply: response,
        payload: refTo(requestName),
        example: accepted(request, (value) => operation.parseRequest(value)),
      },
      {
        type: response,
        from: "server",
        summary: `Reply to ${name}`,
        description: "The result, or an error.",
        tags,
        access,
        payload: { anyOf: [refTo(replyName), refTo("Refusal")] },
        example: accepted(reply, (value) => operation.parseReply(value)),
      },
    ],
    schemas: { [requestName]: request, [replyName]: reply },
  };
}

/** Returns an example of a schema if its parser accepts it: JSON Schema cannot express all constraints. */
function accepted(schema: JsonSchema, parse: (value: unknown) => unknown): unknown {
  const example = exampleOf(schema);
  try {
    parse(example);
    return example;
  } catch {
    return undefined;
  }
}
