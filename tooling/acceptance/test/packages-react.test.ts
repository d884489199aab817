import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Consumer } from "./consumer.js";

const consumer = new Consumer();
/** A project with React 18.2.0 and its types. */
const react18 = new Consumer();

beforeAll(async () => {
  await Promise.all(
    [consumer, react18].flatMap((project) => ["topic", "ws-client"].map((name) => project.install(name, ["react"]))),
  );
  for (const name of ["react", "react-dom", "happy-dom"]) consumer.link(name);
  react18.copy("react-18", "react");
  react18.copy("react-dom-18", "react-dom");
  react18.link("scheduler-18", "scheduler");
  react18.link("types-react-18", "@types/react");
  react18.link("happy-dom");
});

afterAll(() => {
  consumer.remove();
  react18.remove();
});

describe("React 18.2", () => {
  const APP = `
import { createClient } from "@trading/ws-client";
import { ClientDevtools } from "@trading/ws-client/devtools";
import { ClientProvider, useTopic } from "@trading/ws-client/react";
import { bars } from "@trading/topic/shapes";

const client = createClient({ url: "ws://localhost:8000/api/v1/ws" });

function Close() {
  return <p>{useTopic(bars, { symbol: "AAPL", resolution: "1" }).value?.close}</p>;
}

export const app = (
  <ClientProvider client={client}>
    <Close />
    <ClientDevtools />
  </ClientProvider>
);
`;

  test.each([
    ["bundler", "esnext"],
    ["node16", "node16"],
    ["node10", "commonjs"],
  ])("type-checks with its types and moduleResolution: %s", async (resolution, module) => {
    const options = ["--moduleResolution", resolution, "--module", module, "--jsx", "react-jsx", "--skipLibCheck"];
    expect(await react18.typeCheck(options, { [`${resolution}.tsx`]: APP })).toBe("");
  });

  test("renders on a server without a warning", async () => {
    expect(await react18.run("server.mjs", SERVER)).toBe("<p>pending</p>\n");
  });

  test("renders updates in a page", async () => {
    expect(await react18.run("page.mjs", PAGE)).toBe("pending\nlive 2\n");
  });
});

test("the same programs run with the present React", async () => {
  expect(await consumer.run("server.mjs", SERVER)).toBe("<p>pending</p>\n");
  expect(await consumer.run("page.mjs", PAGE)).toBe("pending\nlive 2\n");
});

const SERVER = `
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { createClient } from "@trading/ws-client";
import { ClientProvider, useTopic } from "@trading/ws-client/react";
import { bars } from "@trading/topic/shapes";

console.error = (...texts) => console.log("error", ...texts);
const Close = () => createElement("p", null, useTopic(bars, { symbol: "AAPL", resolution: "1" }).status);
const client = createClient({ url: "ws://localhost:8000/api/v1/ws" });
console.log(renderToString(createElement(ClientProvider, { client }, createElement(Close))));
`;

const PAGE = `
import { Window } from "happy-dom";
import { createElement, StrictMode } from "react";
import { createClient } from "@trading/ws-client";
import { ClientProvider, useTopic } from "@trading/ws-client/react";
import { MemoryServer } from "@trading/ws-client/testing";
import { bars } from "@trading/topic/shapes";

console.error = (...texts) => console.log("error", ...texts);
const window = new Window();
for (const [name, value] of Object.entries({ window, document: window.document, navigator: window.navigator, HTMLIFrameElement: window.HTMLIFrameElement }))
  Object.defineProperty(globalThis, name, { value, configurable: true });
const { createRoot } = await import("react-dom/client");
const { flushSync } = await import("react-dom");

const Close = () => {
  const { value, status } = useTopic(bars, { symbol: "AAPL", resolution: "1" });
  return value ? status + " " + value.close : status;
};
const server = new MemoryServer({ routes: { bars } });
const client = createClient({ url: "ws://memory/ws", WebSocket: server.WebSocket, getToken: () => "any" });
const page = document.createElement("div");
const root = createRoot(page);
const provided = createElement(ClientProvider, { client, requestFrame: (paint) => paint() }, createElement(Close));
flushSync(() => root.render(createElement(StrictMode, null, provided)));
console.log(page.textContent);
await server.settled();
server.publish(bars, { symbol: "AAPL", resolution: "1" }, { time: 1, open: 1, high: 3, low: 1, close: 2, volume: 1 });
await server.settled();
// React renders in a later task.
while (!page.textContent.startsWith("live 2")) await new Promise((resolve) => setTimeout(resolve));
console.log(page.textContent);
root.unmount();
client.close();
await window.happyDOM.close();
`;

test("a hook of the CommonJS build finds the provider of the ESM build", async () => {
  const text = `
import { createRequire } from "node:module";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { createClient } from "@trading/ws-client";
import { ClientProvider, useClient } from "@trading/ws-client/react";

const library = createRequire(import.meta.url)("@trading/ws-client/react");
const State = () => library.useConnection().status + (library.useClient === useClient);
const client = createClient({ url: "ws://localhost:8000/api/v1/ws" });
console.log(renderToString(createElement(ClientProvider, { client }, createElement(State))));
`;
  expect(await consumer.run("two-builds.mjs", text)).toBe("disconnectedfalse\n");
});

describe("server components", () => {
  test.each(["react", "devtools"])("every file of %s that uses React has the directive in each build", (entry) => {
    for (const format of ["esm", "cjs", "production"]) {
      const folder = consumer.path("@trading/ws-client/dist", format, entry);
      const files = readdirSync(folder).filter((name) => name.endsWith(".js"));
      const texts = files.map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
      const needing = texts.filter(({ name, text }) => name === "index.js" || /(from |require\()"react"/.test(text));
      expect(needing.length, `${format}/${entry}`).toBeGreaterThan(3);
      const missing = needing.filter(({ text }) => !/^("use strict";\s*)?"use client";/.test(text));
      expect(missing.map(({ name }) => `${format}/${entry}/${name}`)).toEqual([]);
    }
  });

  const REACT_SERVER = ["--conditions", "react-server"];

  test.each([
    ["mjs", (entry: string) => `import "@trading/ws-client/${entry}";`],
    ["cjs", (entry: string) => `require("@trading/ws-client/${entry}");`],
  ])("importing the hooks names the directive, from a .%s file", async (extension, load) => {
    for (const entry of ["react", "devtools", "hydration"])
      await expect(consumer.run(`hooks.${extension}`, load(entry), REACT_SERVER)).rejects.toThrow(
        'Error: Add "use client" to the file that imports @trading/ws-client/react',
      );
  });

  test("the other entries run there", async () => {
    const entries = ["", "/rest", "/ssr", "/stores", "/testing", "/tradingview"].map(
      (entry) => `import "@trading/ws-client${entry}";`,
    );
    const topics = `
import { bars } from "@trading/topic/shapes";
import { buildTopicParams } from "@trading/topic";
console.log(bars.buildTopic({ symbol: "AAPL", resolution: "1" }), buildTopicParams({}));
`;
    expect(await consumer.run("others.mjs", `${entries.join("\n")}${topics}`, REACT_SERVER)).toBe(
      'bars:{"resolution":"1","symbol":"AAPL"} {}\n',
    );
  });
});
