// `npm run rehearse`: raises the versions by the changesets in a copy of the repository, and publishes all packages by the release command
// to a registry on this machine. Then does what a new user does: creates an app in an empty folder, starts it, and waits until the page in a
// browser receives updates; then the same with the built app. Prints the seconds of each step.
// `npm run rehearse -- next` rehearses the other template.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./src/free-port.mjs";
import { EXAMPLES, expectStream } from "./src/rehearsal/expect-stream.mjs";
import { Processes } from "./src/rehearsal/processes.mjs";
import { installRegistry, startRegistry } from "./src/rehearsal/registry.mjs";
import { release, versionIn } from "./src/rehearsal/release.mjs";

/** The goal for everything that the user waits for: creating the app, and starting it until the first update. */
const GOAL_SECONDS = 120;

/** The examples that are templates. */
const { script: _, ...TEMPLATES } = EXAMPLES;

const name = /** @type {keyof typeof TEMPLATES} */ (process.argv[2] ?? "vite");
const template = TEMPLATES[name];
if (template === undefined) {
  console.error(`rehearse: unknown template "${name}". Templates: ${Object.keys(TEMPLATES).join(", ")}.`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "rehearse-"));
const processes = new Processes(folder);
/** @type {{ name: string, seconds: number }[]} */
const steps = [];

try {
  const home = join(folder, "registry");
  await step("install a registry", () => installRegistry(processes, home));
  const { result } = await step("start it", () => startRegistry(processes, home));
  processes.env = { ...result.env, PORT: String(await freePort()), NEXT_TELEMETRY_DISABLED: "1" };
  processes.env.NEXT_PUBLIC_SERVER_URL = `http://localhost:${processes.env.PORT}`;
  const released = await step("raise the versions, publish", () => release(processes, join(folder, "repository")));
  const args = ["create", "--yes", "trading-app@latest", "my-app", "--", "--template", name];
  const created = await step("npm create, with the installation", () => processes.run("npm", args, { cwd: folder }));
  const app = join(folder, "my-app");
  const installed = versionIn(join(app, "node_modules/@trading/ws-client"));
  if (installed !== released.result) {
    throw new Error(`The app has version ${installed} of @trading/ws-client, but ${released.result} was published.`);
  }
  console.log(`  version ${installed}`);
  const updated = await step("npm run dev, until two updates", () => start(app, ["dev"], template.port));
  await step("npm run build", () => processes.run("npm", ["run", "build"], { cwd: app }));
  const { script, port } = template.built;
  await step(`npm run ${script}, until two updates`, () => start(app, ["server", script], port));
  const waited = created.seconds + updated.seconds;
  console.log(
    `\nFrom an empty folder to a page that streams, in two commands: ${waited.toFixed(1)} s (goal: ${GOAL_SECONDS} s)`,
  );
  if (waited > GOAL_SECONDS) process.exitCode = 1;
} catch (error) {
  console.error(`rehearse: ${error instanceof Error ? error.message : error}\n${processes.output}`);
  process.exitCode = 1;
} finally {
  await processes.stop();
  rmSync(folder, { recursive: true, force: true });
  for (const { name, seconds } of steps) console.log(`${seconds.toFixed(1).padStart(7)} s  ${name}`);
}

/**
 * @template Result
 * @param {string} name
 * @param {() => Promise<Result>} work
 * @returns {Promise<{ result: Result, seconds: number }>}
 */
async function step(name, work) {
  console.log(`${name} …`);
  const started = performance.now();
  const result = await work();
  const seconds = (performance.now() - started) / 1_000;
  steps.push({ name, seconds });
  return { result, seconds };
}

/**
 * Runs scripts of the app, and waits until its page in a browser has received two updates.
 *
 * @param {string} app its folder
 * @param {readonly string[]} scripts
 * @param {number} port the page's
 */
async function start(app, scripts, port) {
  const running = scripts.map((script) => processes.start("npm", ["run", script], { cwd: app }));
  const url = `http://localhost:${port}/`;
  const addresses = [`http://localhost:${processes.env.PORT}/api/v1/health`, url];
  for (const address of addresses) await processes.reachable(address, ...running);
  console.log(`  the page shows: ${await expectStream(url, template)}`);
  await Promise.all(running.map((child) => processes.end(child)));
}
