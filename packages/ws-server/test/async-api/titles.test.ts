import { Parser } from "@asyncapi/parser";
import { expect, test } from "vitest";
import { asyncApiDocument } from "../../src/async-api/document.js";
import { service } from "./service.js";

test.each(["2.4.0", "3.0.0"] as const)(
  "every model of the document of version %s has a unique name",
  async (version) => {
    const { document } = await new Parser().parse(JSON.stringify(asyncApiDocument(service, version)));
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
