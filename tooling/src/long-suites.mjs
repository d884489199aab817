import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

/**
 * The test suites that `npm test` leaves out because they take long: `npm run test:long` and `.ci/run` run them. Move a
 * suite here when it takes more than about 15 seconds on an idle machine.
 *
 * They start in the order of this list: the longest first, so that no long one is left to run alone, and those that wait for their
 * processes between those that keep a core busy.
 *
 * `files` are the paths of test files, or of folders of them. `budgetSeconds` is the expected time on two idle cores,
 * doubled. A suite over its budget is reported, but does not fail: timing is never a unit test.
 *
 * @type {readonly { readonly name: string, readonly files: readonly string[], readonly budgetSeconds: number }[]}
 */
export const LONG_SUITES = [
  { name: "broker: kill -9 under load", files: ["apps/server/test/modules/broker/crash"], budgetSeconds: 400 },
  {
    name: "mutants: ws-server, cluster",
    files: ["packages/ws-server/test/cluster/mutants.test.ts"],
    budgetSeconds: 200,
  },
  { name: "cluster faults", files: ["tooling/chaos/test/cluster"], budgetSeconds: 360 },
  {
    name: "acceptance: clones and tarballs",
    files: [
      "tooling/acceptance/test/gen.test.ts",
      "tooling/acceptance/test/guide.test.ts",
      "tooling/acceptance/test/kill-and-resume.test.ts",
      "tooling/acceptance/test/packages.test.ts",
      "tooling/acceptance/test/packages-production.test.ts",
      "tooling/acceptance/test/packages-react.test.ts",
      "tooling/acceptance/test/start.test.ts",
    ],
    budgetSeconds: 300,
  },
  { name: "acceptance: costs", files: ["tooling/acceptance/test/costs.test.ts"], budgetSeconds: 240 },
  {
    name: "mutants: server",
    files: [
      "apps/server/test/modules/broker/mutants.test.ts",
      "apps/server/test/modules/broker/engine/mutants.test.ts",
      "apps/server/test/modules/datafeed/mutants.test.ts",
    ],
    budgetSeconds: 170,
  },
  { name: "server: an hour of trading", files: ["apps/server/test/hour"], budgetSeconds: 240 },
  { name: "terminal: several servers", files: ["apps/terminal/test/several-servers.test.ts"], budgetSeconds: 120 },
  { name: "mutants: ws-server", files: ["packages/ws-server/test/mutants.test.ts"], budgetSeconds: 120 },
  { name: "engine: hostile clients", files: ["packages/ws-server/test/hostile"], budgetSeconds: 120 },
  {
    name: "conformance: harnesses",
    files: [
      "packages/topic-conformance/test/harnesses.test.ts",
      "packages/topic-conformance/test/python.test.ts",
      "packages/topic-conformance/test/python-package.test.ts",
      "packages/topic-conformance/test/readme.test.ts",
    ],
    budgetSeconds: 200,
  },
  {
    name: "conformance: wire",
    files: [
      "packages/topic-conformance/test/wire/client-mutants.test.ts",
      "packages/topic-conformance/test/wire/server-mutants.test.ts",
      "packages/topic-conformance/test/wire/python-servers.test.ts",
      "packages/topic-conformance/test/wire/fastws",
    ],
    budgetSeconds: 150,
  },
  {
    name: "terminal: end to end",
    files: [
      "apps/terminal/test/accessibility.test.ts",
      "apps/terminal/test/dev-server.test.ts",
      "apps/terminal/test/recovery.test.ts",
      "apps/terminal/test/sign-in.test.ts",
    ],
    budgetSeconds: 120,
  },
  { name: "runtimes", files: ["tooling/runtimes/test"], budgetSeconds: 120 },
  {
    name: "acceptance: deployment",
    files: ["tooling/acceptance/test/alerts.test.ts", "tooling/acceptance/test/deploy.test.ts"],
    budgetSeconds: 100,
  },
  { name: "mutants: ws-client", files: ["packages/ws-client/test/mutants.test.ts"], budgetSeconds: 90 },
  { name: "server: several workers", files: ["apps/server/test/cluster/workers.test.ts"], budgetSeconds: 90 },
  { name: "engine: model", files: ["packages/ws-server/test/model"], budgetSeconds: 90 },
  { name: "engine: FastWS clients", files: ["packages/ws-server/test/legacy"], budgetSeconds: 90 },
  { name: "client: FastWS server", files: ["packages/ws-client/test/fastws"], budgetSeconds: 90 },
  {
    name: "mutants: topic",
    files: ["packages/topic-conformance/test/mutants.test.ts", "packages/topic/test/mutants.test.ts"],
    budgetSeconds: 60,
  },
  { name: "mutants: the mechanism", files: ["tooling/test/mutation-testing/test-mutants.test.ts"], budgetSeconds: 40 },
  { name: "server: HTTP fuzzing", files: ["apps/server/test/http/fuzz.test.ts"], budgetSeconds: 40 },
  { name: "engine: simulated cluster", files: ["packages/ws-server/test/cluster/simulation"], budgetSeconds: 40 },
  { name: "network faults", files: ["tooling/chaos/test/histories"], budgetSeconds: 40 },
  { name: "acceptance: npm run cluster", files: ["tooling/acceptance/test/cluster.test.ts"], budgetSeconds: 40 },
  { name: "broker: random histories", files: ["apps/server/test/modules/broker/engine/history"], budgetSeconds: 30 },
  { name: "client: reconnecting herd", files: ["packages/ws-client/test/herd"], budgetSeconds: 30 },
];

/** The files of `npm test` that wait longest. They start before the others, so that none is left to run alone. */
export const SLOW_FILES = ["apps/server/test/main.test.ts"];

/** Returns the listed paths that do not exist, for instance because a test has moved. */
export function missingLongFiles() {
  return [...LONG_SUITES.flatMap(({ files }) => files), ...SLOW_FILES].filter((path) => !existsSync(join(root, path)));
}

/** Returns glob patterns of the long test files in a folder, relative to it. @param {string} folder */
export function longFilesIn(folder) {
  return LONG_SUITES.flatMap(({ files }) => files)
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => path.slice(folder.length + 1) + (/\.tsx?$/.test(path) ? "" : "/**"));
}

/** Returns the name of the long suite of a test file, or undefined. @param {string} file relative to the root */
export function longSuiteOf(file) {
  return LONG_SUITES.find(({ files }) => files.some((path) => file === path || file.startsWith(`${path}/`)))?.name;
}
