import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "vite";
import { CHROMIUM_ARGS, findTool } from "../../src/tools.mjs";
import { onCore } from "./cores.mjs";

/** The time between two readings of the heap's size. What is allocated and collected between them is not seen. */
const HEAP_READ_MS = 20;

/**
 * The costs of a page: CPU time of its main thread, JavaScript's part of it, allocations, updates and frames.
 *
 * @typedef {{ taskMs: number, scriptMs: number, allocatedMb: number, updates: number, frames: number, elapsedMs: number }} Spent
 */

/**
 * Chromium without a window, on the core of the loader, and the server of its pages. It is controlled by its own protocol rather than
 * by Playwright, which makes a page report the text of each WebSocket message: that takes more time than the client.
 */
export class Browser {
  #folder = mkdtempSync(join(tmpdir(), "bench-chromium-"));
  #process;
  #pages = createServer((_request, response) => {
    response.setHeader("content-type", "text/html").end("<!doctype html><body></body>");
  });
  /** @type {BrowserPage[]} */
  #open = [];
  #port = "";

  constructor() {
    const program = findTool("chromium");
    if (!program) throw new Error("Chromium is not installed (Debian: apt-get install chromium)");
    const options = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${this.#folder}`];
    const [command, ...args] = onCore("loader", [program, ...CHROMIUM_ARGS, ...options, "about:blank"]);
    this.#process = spawn(command, args, { stdio: "ignore" });
  }

  async ready() {
    const file = join(this.#folder, "DevToolsActivePort");
    while (!existsSync(file)) {
      if (this.#process.exitCode !== null) throw new Error(`Chromium exited with code ${this.#process.exitCode}`);
      await sleep(50);
    }
    [this.#port] = readFileSync(file, "utf8").split("\n");
    this.#pages.listen(0, "127.0.0.1");
    await once(this.#pages, "listening");
    return this;
  }

  /** Opens a page that runs a script. @param {string} script */
  async open(script) {
    const { port } = /** @type {import("node:net").AddressInfo} */ (this.#pages.address());
    const url = `http://127.0.0.1:${this.#port}/json/new?http://127.0.0.1:${port}/`;
    const response = await fetch(url, { method: "PUT" });
    const { webSocketDebuggerUrl } = /** @type {{ webSocketDebuggerUrl: string }} */ (await response.json());
    // A rival's dependency, which is not installed when this module is loaded.
    const { WebSocket } = await import("../rivals/websocket.mjs");
    const socket = new WebSocket(webSocketDebuggerUrl);
    await once(socket, "open");
    const page = new BrowserPage(socket);
    this.#open.push(page);
    socket.once("close", () => this.#open.splice(this.#open.indexOf(page), 1));
    while ((await page.run("document.readyState")) !== "complete") await sleep(20);
    await page.run(script);
    await page.send("Performance.enable", { timeDomain: "threadTicks" });
    return page;
  }

  async stop() {
    this.#pages.close();
    const exited = this.#process.exitCode === null && once(this.#process, "exit");
    const [page] = this.#open;
    // Its own command ends all of its processes, which may still write into the folder after a signal.
    if (page) void page.send("Browser.close");
    else this.#process.kill();
    await exited;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
  }
}

/** A page that runs pages/page.mjs. */
export class BrowserPage {
  #socket;
  #lastId = 0;
  #messages = 0;
  /** @type {Map<number, (reply: { result?: any, error?: { message: string } }) => void>} */
  #waiting = new Map();

  /** @param {import("ws").WebSocket} socket of the DevTools protocol */
  constructor(socket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const { id, method, ...reply } = JSON.parse(String(data));
      this.#waiting.get(id)?.(reply);
      this.#waiting.delete(id);
      if (method === "Network.webSocketFrameReceived") this.#messages++;
    });
  }

  /** Sends a command of the DevTools protocol. @param {string} method @param {object} [params] @returns {Promise<any>} */
  async send(method, params = {}) {
    const id = ++this.#lastId;
    const replied = new Promise((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await replied;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Closes the page, and with it its connections. */
  async close() {
    const closed = once(this.#socket, "close");
    await this.send("Page.close");
    await closed;
  }

  /** Runs an expression, and returns its value or that of its promise. @param {string} expression @returns {Promise<any>} */
  async run(expression) {
    const options = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", options);
    if (exceptionDetails) {
      const { text, exception } = exceptionDetails;
      throw new Error(`In the page: ${text} ${exception?.description ?? JSON.stringify(exception?.value)}`);
    }
    return result.value;
  }

  /** Waits until the page's module, which loads after the page, has a global function. @param {string} name */
  async untilDefined(name) {
    while (!(await this.run(`typeof ${name} === "function"`))) await sleep(20);
  }

  /** Calls a global function of the page. @param {string} name @param {unknown} [argument] @returns {Promise<any>} */
  call(name, argument) {
    return this.run(`${name}(${argument === undefined ? "" : JSON.stringify(argument)})`);
  }

  /** Returns the number of WebSocket messages that arrive during `work`. The reports of them are slow. @param {() => Promise<unknown>} work */
  async messagesDuring(work) {
    await sleep(200);
    this.#messages = 0;
    await this.send("Network.enable");
    await work();
    await sleep(100);
    await this.send("Network.disable");
    return this.#messages;
  }

  /**
   * Measures what the page spends while `work` runs, and until it has received all updates, for at most three seconds.
   *
   * @param {() => Promise<unknown>} work @param {number} updates @param {boolean} isCounted whether the page counts them
   * @returns {Promise<Spent>}
   */
  async spent(work, updates, isCounted) {
    // A page in the background draws no frames.
    await this.send("Page.bringToFront");
    await this.send("HeapProfiler.collectGarbage");
    await this.call("begin", updates);
    const before = await this.#metrics();
    let [allocated, heap, isDone] = [0, before.JSHeapUsedSize, false];
    const read = async () => {
      const { JSHeapUsedSize } = await this.#metrics();
      allocated += Math.max(0, JSHeapUsedSize - heap);
      heap = JSHeapUsedSize;
    };
    const reading = (async () => {
      for (; !isDone; await sleep(HEAP_READ_MS)) await read();
    })();
    await work();
    const dueBy = performance.now() + 3_000;
    while (isCounted && (await this.call("received")) < updates && performance.now() < dueBy) await sleep(20);
    if (!isCounted) await sleep(100);
    isDone = true;
    await reading;
    await read();
    const after = await this.#metrics();
    return {
      taskMs: (after.TaskDuration - before.TaskDuration) * 1_000,
      scriptMs: (after.ScriptDuration - before.ScriptDuration) * 1_000,
      allocatedMb: allocated / 2 ** 20,
      ...(await this.call("end")),
    };
  }

  /** @returns {Promise<Record<string, number>>} */
  async #metrics() {
    const { metrics } = await this.send("Performance.getMetrics");
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  }
}

/**
 * Takes the packages of this repository from another checkout, which is built.
 *
 * @param {string} checkout @returns {import("vite").Plugin}
 */
function packagesOf(checkout) {
  const importer = join(checkout, "tooling/bench/src/client.mjs");
  return {
    name: "packages-of-checkout",
    enforce: "pre",
    resolveId(source) {
      return source.startsWith("@trading/") ? this.resolve(source, importer, { skipSelf: true }) : undefined;
    },
  };
}

/**
 * Bundles pages/page.mjs for production with the module of a client.
 *
 * @param {string} client @param {string} [checkout] another one whose SDK is used
 * @returns {Promise<string>} a script
 */
export async function pageScript(client, checkout) {
  const entry = new URL("pages/page.mjs", import.meta.url).pathname;
  const { NODE_ENV } = process.env;
  // Vite takes the export condition from it.
  process.env.NODE_ENV = "production";
  try {
    const result = await build({
      root: new URL("..", import.meta.url).pathname,
      mode: "production",
      configFile: false,
      logLevel: "error",
      define: { "process.env.NODE_ENV": '"production"' },
      resolve: { alias: { client }, dedupe: ["react"] },
      plugins: checkout ? [packagesOf(checkout)] : [],
      build: { lib: { entry, name: "page", formats: ["iife"] }, write: false, minify: true, target: "esnext" },
    });
    const [bundle] = /** @type {{ output: { code: string }[] }[]} */ ([result].flat());
    return bundle.output[0].code;
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
}
