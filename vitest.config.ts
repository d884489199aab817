import { availableParallelism } from "node:os";
import { join } from "node:path";
import { playwright } from "@vitest/browser-playwright";
import { defaultClientConditions, defaultServerConditions, type Plugin } from "vite";
import { defineConfig } from "vitest/config";
import type { BrowserCommand } from "vitest/node";
import { svelteComponents } from "./packages/ws-client/test/svelte/compile-components.mjs";
import { longFilesIn } from "./tooling/src/long-suites.mjs";
import { LongSuitesFirst } from "./tooling/src/long-suites-first.mjs";
import { nodeThreads } from "./tooling/src/node-threads.mjs";
import { seededProperties, seedVariables } from "./tooling/src/seeds.mjs";
import { CHROMIUM_ARGS, findTool } from "./tooling/src/tools.mjs";

// Workspace packages are tested from their sources, so that no test runs against a stale build.
const source = {
  resolve: { conditions: ["@trading/source", ...defaultClientConditions] },
  ssr: { resolve: { conditions: ["@trading/source", ...defaultServerConditions] } },
};

const chromium = findTool("chromium");

/** No test depends on the speed of the machine: the limit only ends a test that hangs. */
const TEST_TIMEOUT_MS = 300_000;

/** Set by `npm test` without a filter. Any other run finds the long suites too. */
const withoutLong = process.env.WITHOUT_LONG_SUITES === "true";

/**
 * A project of tests that run in Node, in the folder `test` of a package or app.
 *
 * @param pool `threads` start faster than processes, for tests that use no native modules
 * @param isolate whether each file has a separate worker. Files that share one load what they import once, which can take longer than
 *   their tests, but see what the files before them left in a module or in the process. They must pass in any order:
 *   `SHUFFLE_FILES=<seed> npm test -- <filter>`
 * @param alone the files that have a separate worker each even so, because they replace a module that others import
 */
function node(
  root: string,
  pool: "forks" | "threads" = "forks",
  { isolate = true, alone = [] }: { readonly isolate?: boolean; readonly alone?: readonly string[] } = {},
) {
  return {
    ...source,
    plugins: [nodeThreads(), seededProperties(process.env)],
    test: {
      name: root.split("/").at(-1) as string,
      root,
      pool,
      isolate,
      ...(!isolate && { setupFiles: [join(import.meta.dirname, "tooling/src/restored-state.mjs")] }),
      env: seedVariables(process.env),
      include: ["test/**/*.test.{ts,tsx,mjs}"],
      exclude: ["test/browser/**", ...alone, ...(withoutLong ? longFilesIn(root) : [])],
      testTimeout: TEST_TIMEOUT_MS,
      hookTimeout: TEST_TIMEOUT_MS,
    },
  };
}

/** The project of the files of another one that have a separate worker each. */
function alone(root: string, pool: "forks" | "threads", files: readonly string[]) {
  const project = node(root, pool);
  return { ...project, test: { ...project.test, name: `${project.test.name}, alone`, include: [...files] } };
}

/**
 * A project of tests that run in the system's Chromium: those in the folder `test/browser`, and of Node's those that
 * `shared` names.
 */
function browser(root: string, ...shared: readonly string[]) {
  return {
    ...source,
    test: {
      name: `${root.split("/").at(-1)} in Chromium`,
      root,
      include: ["test/browser/**/*.test.{ts,tsx}", ...shared],
      testTimeout: TEST_TIMEOUT_MS,
      hookTimeout: TEST_TIMEOUT_MS,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        commands: { inNode },
        provider: playwright({
          launchOptions: {
            ...(chromium && { executablePath: chromium }),
            args: CHROMIUM_ARGS,
          },
        }),
        instances: [{ browser: "chromium" as const }],
      },
    },
  };
}

/** Calls a function of the project's test/browser/in-node.ts, for a test in a page. */
const inNode: BrowserCommand<[name: string, ...args: unknown[]]> = async (context, name, ...args) => {
  const functions =
    await context.project.import<Record<string, BrowserCommand<unknown[]>>>("./test/browser/in-node.ts");
  return functions[name]?.(context, ...args);
};

/** Adds the compiler of Svelte to a project. */
function withSvelte<Project extends object>(project: Project) {
  const { plugins = [] } = project as { readonly plugins?: readonly Plugin[] };
  return { ...project, plugins: [...plugins, svelteComponents()] };
}

/** The tests of the server with `vi.mock`. */
const REPLACES_MODULES = ["test/modules/datafeed/sources/simulated/market.test.ts"];

/** The tests of the terminal that have a separate worker: the long suites, which start other servers, and those with `vi.mock`. */
const ALONE_IN_TERMINAL = [
  ...["accessibility", "dev-server", "recovery", "several-servers", "sign-in"].map((name) => `test/${name}.test.ts`),
  "test/first-render.test.tsx",
];

const inChromium = [
  browser("packages/topic"),
  withSvelte(
    browser(
      "packages/ws-client",
      "test/client.test.ts",
      "test/{auth,connection,protocol,requests,subscriptions}/!(*.sockets).test.ts",
      "test/react/{activity,lifecycle,popout,route-hooks,use-*}.test.tsx",
    ),
  ),
];

export default defineConfig({
  test: {
    // By default one core is left to vitest itself, which waits most of the time: on two cores that doubles the time.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongSuitesFirst },
    projects: [
      node("packages/topic", "threads", { isolate: false }),
      node("packages/topic-conformance", "threads", { isolate: false }),
      node("packages/codegen", "threads", { isolate: false }),
      node("packages/create-trading-app", "threads"),
      node("packages/ws-server", "threads", { isolate: false }),
      withSvelte(node("packages/ws-client", "threads", { isolate: false })),
      node("apps/server", "forks", { isolate: false, alone: REPLACES_MODULES }),
      alone("apps/server", "forks", REPLACES_MODULES),
      node("apps/terminal", "forks", { isolate: false, alone: ALONE_IN_TERMINAL }),
      alone("apps/terminal", "forks", ALONE_IN_TERMINAL),
      node("tooling", "forks", { isolate: false }),
      node("tooling/acceptance"),
      node("tooling/chaos"),
      node("tooling/runtimes"),
      ...(chromium ? inChromium : []),
    ],
  },
});
