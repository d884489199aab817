import { defineOperation } from "@trading/topic";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { createServer, defineModule, serveOperation } from "../../src/index.js";
import { MemoryClient } from "../../src/testing/index.js";

test("a module's operation receives the principal, and a private one is unauthorized without a principal", async () => {
  const whoami = defineOperation({
    name: "whoami",
    request: z.object({}),
    reply: z.object({ subject: z.string() }),
    access: "private",
  });
  const operations = [serveOperation(whoami, (_request, { principal }) => ({ subject: principal?.subject ?? "" }))];
  const server = createServer({
    title: "",
    version: "",
    modules: [defineModule({ name: "m", version: "1", routes: [], operations })],
    authorize: (principal) => principal !== undefined,
  });
  onTestFinished(() => server.close());
  const [ann, anonymous] = [
    MemoryClient.connect(server, { protocol: "base", principal: { subject: "ann" } }),
    MemoryClient.connect(server, { protocol: "base" }),
  ];
  for (const client of [ann, anonymous]) client.send({ type: "whoami", payload: {} });
  expect((await ann.next()).payload).toEqual({ subject: "ann" });
  expect((await anonymous.next()).payload).toMatchObject({ status: "error", code: "unauthorized" });
});
