// `npm run examples`: builds each example, starts it, and waits in Chromium until its page receives updates. With names, only these.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./src/free-port.mjs";
import { EXAMPLES, expectStream } from "./src/rehearsal/expect-stream.mjs";
import { Processes } from "./src/rehearsal/processes.mjs";
import { root } from "./src/run.mjs";

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(EXAMPLES);
const folder = mkdtempSync(join(tmpdir(), "examples-"));
const processes = new Processes(folder);

try {
  for (const name of names) {
    const example = /** @type {Record<string, { port: number, text: string, rendered?: number } | undefined>} */ (
      EXAMPLES
    )[name];
    if (example === undefined) throw new Error(`Unknown example "${name}": ${Object.keys(EXAMPLES).join(", ")}.`);
    const server = `http://localhost:${await freePort()}`;
    // In a file, because the static server of the script would listen on the PORT of the environment, too.
    const settings = join(folder, `${name}.env`);
    writeFileSync(settings, `PORT=${new URL(server).port}\nDATA_DIR=${join(folder, name)}\n`);
    processes.env = {
      ENV_FILE: settings,
      SERVER_URL: server,
      NEXT_PUBLIC_SERVER_URL: server,
      NEXT_TELEMETRY_DISABLED: "1",
    };
    const options = { cwd: join(root, "examples", name) };
    if (name !== "script") await processes.run("npm", ["run", "build"], options);
    const dev = processes.start("npm", ["run", "dev"], options);
    const page = `http://localhost:${example.port}/`;
    await processes.reachable(page, dev);
    await processes.reachable(`${server}/api/v1/health`, dev);
    console.log(`${name}: ${await expectStream(`${page}?server=${server}`, example)}`);
    if (name === "script") {
      processes.env = { ...processes.env, COUNT: "2" };
      await processes.run("npm", ["run", "node"], options);
      console.log(`${name}: node.js has printed two bars`);
    }
    await processes.end(dev);
  }
} catch (error) {
  console.error(`examples: ${error instanceof Error ? error.message : error}\n${processes.output}`);
  process.exitCode = 1;
} finally {
  await processes.stop();
  rmSync(folder, { recursive: true, force: true });
}
