import { once } from "node:events";
import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { load } from "../src/load.js";
import { call, document2, folder, generated, objectOf, routeMessages, serverDocument } from "./support.js";

/** Creates a folder with a document, and the arguments that name both files. */
function project(document: unknown = serverDocument("2.4.0")) {
  const path = folder();
  const spec = join(path, "asyncapi.json");
  const out = join(path, "src", "routes.ts");
  writeFileSync(spec, typeof document === "string" ? document : JSON.stringify(document));
  return { spec, out, args: ["--spec", spec, "--out", out], text: () => readFileSync(out, "utf8") };
}

/** Starts an HTTP server on loopback and returns the URL of its document. */
async function host(listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/asyncapi.json`);
}

describe("codegen", () => {
  test("writes the module, creates its folders and prints a summary", async () => {
    const { args, out, text } = project();
    expect(await call(...args)).toEqual({ code: 0, out: `${out}: 11 routes, 1 operation`, err: "" });
    expect(text()).toBe((await generated(serverDocument("2.4.0"), { from: "../asyncapi.json" })).text);
  });

  test("does not touch an up-to-date file", async () => {
    const { args, out, text } = project();
    await call(...args);
    const before = text();
    utimesSync(out, 1000, 1000);
    expect((await call(...args)).code).toBe(0);
    expect(text()).toBe(before);
    expect(statSync(out).mtimeMs).toBe(1_000_000);
  });

  test("writes nothing if a route breaks the contract, and skips it with --skip-unsupported", async () => {
    const off = routeMessages("off", objectOf({ price: { type: "number" } }));
    const { args, out, text } = project(document2({ ...routeMessages("bars", objectOf({})), ...off }));
    const refused = await call(...args);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("off /price: is a float");
    expect(refused.err).toContain("#/components/messages/off.subscribe/payload/properties/payload/properties/price");
    expect(refused.err).toContain("--skip-unsupported");
    expect(text).toThrow("ENOENT");
    const skipped = await call(...args, "--skip-unsupported");
    expect(skipped).toMatchObject({ code: 0, out: `${out}: 1 route, 0 operations` });
    expect(skipped.err).toMatch(/^Skipped:\n {2}off \/price: is a float/);
  });

  test("applies --key and --require", async () => {
    const quotes = routeMessages(
      "quotes",
      { ...objectOf({ a: { type: "string" } }), required: [] },
      objectOf({ n: {} }),
    );
    const { args, text } = project(document2(quotes));
    expect(await call(...args, "--key", "quotes=n", "--require", "quotes/a")).toMatchObject({ code: 0, err: "" });
    expect(text()).toContain('key: "n"');
    expect(text()).toContain("a: string;");
  });

  test("reads YAML, and reports line and column of a syntax error", async () => {
    const head = "asyncapi: 2.4.0\nchannels:\n  /:\n    publish:\n      message:\n";
    const { args } = project(`${head}        name: hello\n`);
    expect((await call(...args)).err).toContain("Nothing can be generated from this document");
    const broken = project(`${head}        name: "hello\n`);
    expect((await call(...broken.args)).err).toMatch(
      /neither JSON nor YAML: line \d+, column \d+: Missing closing "quote/,
    );
    const cut = project('{\n  "asyncapi": "2.4.0",\n  "channels": {');
    expect((await call(...cut.args)).err).toMatch(/neither JSON nor YAML: line 3, column/);
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefgh"].map((name, i) => `${name}: &${name} [${`*${"abcdefg"[i]},`.repeat(9)}]`).join("\n")}`;
    expect((await call(...project(bomb).args)).err).toContain("Excessive alias count");
  });
});

describe("--check", () => {
  test("exits with 0 if the file is up to date, with any line ends", async () => {
    const { args, out, text } = project();
    await call(...args);
    expect(await call(...args, "--check")).toEqual({ code: 0, out: `${out} is up to date.`, err: "" });
    writeFileSync(out, text().replaceAll("\n", "\r\n"));
    expect((await call(...args, "--check")).code).toBe(0);
  });

  test("exits with 1 if the file differs, reports the first difference and writes nothing", async () => {
    const { args, out, text } = project();
    await call(...args);
    const changed = text().replace('name: "bars"', 'name: "candles"');
    writeFileSync(out, changed);
    const { code, err } = await call(...args, "--check");
    expect(code).toBe(1);
    const line = changed.split("\n").findIndex((text) => text.includes("candles")) + 1;
    expect(err).toContain(
      `first in line ${line}:\n  is        "  name: \\"candles\\","\n  would be  "  name: \\"bars\\","`,
    );
    expect(text()).toBe(changed);
    writeFileSync(out, `${(await generated(serverDocument("2.4.0"), { from: "../asyncapi.json" })).text}// more\n`);
    expect((await call(...args, "--check")).code).toBe(1);
  });

  test("exits with 1 if the file does not exist", async () => {
    const { args, text } = project();
    expect(await call(...args, "--check")).toMatchObject({ code: 1, err: expect.stringContaining("does not exist") });
    expect(text).toThrow("ENOENT");
  });
});

describe("--spec with a URL", () => {
  test("fetches it, and writes it without credentials and query", async () => {
    const requests: (string | undefined)[] = [];
    const url = await host((request, response) => {
      requests.push(request.url, request.headers.authorization);
      response.end(JSON.stringify(serverDocument("3.0.0")));
    });
    const out = join(folder(), "routes.ts");
    const withSecrets = `http://user:p%40ss@${url.host}/asyncapi.json?version=3&token=secret`;
    expect((await call("--spec", withSecrets, "--out", out)).code).toBe(0);
    expect(requests).toEqual(["/asyncapi.json?version=3&token=secret", `Basic ${btoa("user:p@ss")}`]);
    const [first] = readFileSync(out, "utf8").split("\n");
    expect(first).toContain(` from ${url} (Trading WebSockets, AsyncAPI 3.0.0).`);
  });

  test("reports a failed request without the URL's secrets", async () => {
    const url = await host((_, response) => response.writeHead(403).end());
    url.search = "?token=secret";
    const { code, err } = await call("--spec", url.href, "--out", join(folder(), "x.ts"));
    expect([code, err]).toEqual([2, `http://${url.host}/asyncapi.json responded with 403 Forbidden`]);
  });

  test("times out if the server does not respond", async () => {
    const url = await host(() => {});
    await expect(load(url.href, 50)).rejects.toThrow(`${url} did not respond within 0.05 s.`);
  });

  test("times out if the response stops in the middle", async () => {
    const url = await host((_, response) => response.write("{"));
    await expect(load(url.href, 200)).rejects.toThrow("did not respond within 0.2 s.");
  });

  test("stops reading a response that is too large", async () => {
    const chunk = Buffer.alloc(1024 * 1024, " ");
    const url = await host((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once("drain", pour);
      };
      pour();
    });
    await expect(load(url.href, 30_000)).rejects.toThrow("is larger than 16777216 bytes");
  });

  test.each([
    ["file:///etc/hostname", "file:///etc/hostname is neither an http nor an https URL."],
    ["ftp://host/x", "ftp://host/x is neither an http nor an https URL."],
    ["http://", "http:// is not a valid URL."],
    ["http://127.0.0.1:1/", "cannot be fetched"],
  ])("refuses %s", async (spec, message) => {
    const { code, err } = await call("--spec", spec, "--out", join(folder(), "x.ts"));
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("invalid arguments", () => {
  test.each([
    [[], /Usage/],
    [["generate"], /Unexpected argument 'generate'/],
    [["--check"], /Missing --spec <file or url>/],
    [["--spec", "x.json"], /Missing --out <file>/],
    [["--spec", "x.json", "--out", "x.ts", "--bogus"], /--bogus.*\nRun trading-codegen --help/s],
    [["--spec", "x.json", "--out", "x.ts", "--key", "bars"], /--key takes <route>=<member>, got "bars"/],
    [["--spec", "x.json", "--out", "x.ts", "--require", "/x"], /--require takes <route>\/<field>, got "\/x"/],
    [["--spec", "/no/such/file", "--out", "x.ts"], /\/no\/such\/file cannot be read: ENOENT/],
    [["--spec", ".", "--out", "x.ts"], /cannot be read: EISDIR/],
  ])("exit with 2 and a usage message: %o", async (args, message) => {
    const { code, err } = await call(...args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  test("exits with 2 for a file that is not text, and for a path that cannot be written", async () => {
    const path = folder();
    const spec = join(path, "binary");
    writeFileSync(spec, Buffer.from([0xff, 0xfe]));
    expect((await call("--spec", spec, "--out", join(path, "x.ts"))).err).toContain("is not UTF-8 text");
    const { args } = project();
    const within = await call(...args.with(-1, join(spec, "x.ts")));
    expect(within).toMatchObject({ code: 2, err: expect.stringMatching(/cannot be (read|written): ENOTDIR/) });
  });
});

test.each([["--help"], ["-h"], ["--check", "--help"]])("%s prints the help", async (...args) => {
  const { code, out } = await call(...args);
  expect(code).toBe(0);
  for (const part of [
    "--spec",
    "--out",
    "--check",
    "--key",
    "--require",
    "--skip-unsupported",
    "Exit codes",
    "First steps",
  ]) {
    expect(out).toContain(part);
  }
});
