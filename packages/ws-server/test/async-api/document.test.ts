import { Parser } from "@asyncapi/parser";
import { describe, expect, test } from "vitest";
import { type AsyncApiVersion, asyncApiDocument } from "../../src/async-api/document.js";
import { service } from "./service.js";

describe.each<AsyncApiVersion>(["2.4.0", "3.0.0"])("the document of version %s", (version) => {
  test("is valid under the official parser", async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApiDocument(service, version)));
    for (const { code, message, path, severity } of diagnostics) console.log(severity, code, message, path.join("."));
    expect(document?.version()).toBe(version);
  });
});
