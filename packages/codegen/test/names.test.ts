import { expect, test } from "vitest";
import { diagnosticsOf, document2, frame, generated, objectOf, routeMessages, run } from "./support.js";

test("makes unique identifiers of names that collide, are reserved or start with a digit", async () => {
  const { $ref } = { $ref: "#/components/schemas/BarsParams" };
  const ask = { ...frame("delete", objectOf({})), "x-response": frame("delete.response", objectOf({ a: { $ref } })) };
  const routes = ["a-b", "a.b", "a_b", "1m", "default", "bars", "ohlc4h", "A-b"];
  const document = document2(
    { ...Object.assign({}, ...routes.map((name) => routeMessages(name, objectOf({}), { $ref }))), delete: ask },
    { BarsParams: objectOf({ "x-y": { type: "integer" } }) },
  );
  const { text } = await generated(document);
  const { exports } = run(text);
  const named = Object.fromEntries(Object.entries(exports).map(([name, shape]) => [name, shape.name]));
  expect(named).toEqual({
    _1m: "1m",
    aB: "A-b",
    aB2: "a-b",
    aB3: "a.b",
    aB4: "a_b",
    bars: "bars",
    default2: "default",
    ohlc4h: "ohlc4h",
    delete2: "delete",
  });
  expect(text).toContain("export type BarsUpdate = BarsParams2;");
  expect(text).toContain("export interface BarsParams2 {");
  expect(diagnosticsOf(text)).toEqual([]);
});

test("names a message by the type of its frame, else its messageId, else its name", async () => {
  const typed = (type: object) => ({
    ...(frame("", objectOf({})).payload as object),
    properties: { type, payload: objectOf({}) },
  });
  const update = routeMessages("any", {})["any.update"] as { payload: { properties: { payload: object } } };
  const nameOf = async (message: object) => {
    const name = "moved.update";
    const document = {
      ...document2({}),
      channels: {
        "/": {
          publish: { message },
          subscribe: {
            message: {
              name,
              payload: { ...update.payload, properties: { ...update.payload.properties, type: { const: name } } },
            },
          },
        },
      },
    };
    return (await generated(document)).routes;
  };
  const moved = "moved.subscribe";
  expect(await nameOf({ name: "Send", payload: typed({ const: moved }) })).toEqual(["moved"]);
  expect(await nameOf({ name: "Send", messageId: moved, payload: typed({ type: "string" }) })).toEqual(["moved"]);
  expect(await nameOf({ name: moved, payload: typed({ enum: ["ping", moved] }) })).toEqual(["moved"]);
  expect(await nameOf({ name: "Send", messageId: moved, payload: typed({ enum: ["ping", moved] }) })).toEqual([
    "moved",
  ]);
  expect(await nameOf({ name: moved, messageId: "Send", payload: typed({ enum: ["ping", moved] }) })).toEqual([
    "moved",
  ]);
  expect(await nameOf({ name: moved, payload: objectOf({ type: { enum: ["limit", "market"] } }) })).toEqual(["moved"]);
});
