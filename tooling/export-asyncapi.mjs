// Writes the AsyncAPI documents of the reference server, or checks that they are up to date.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { listContractErrors } from "./src/list-contract-errors.mjs";
import { root } from "./src/run.mjs";

const HELP = `node tooling/export-asyncapi.mjs [options]

Writes asyncapi-2.4.0.json and asyncapi-3.0.0.json. If parameters of a route violate the topic contract,
lists them with their route and field, writes nothing, and exits with 1.

  --out <dir>       the output folder                                 default docs/asyncapi
  --service <file>  a module that exports the \`service\` to describe  default the reference server
  --check           write nothing, and exit with 1 if the files are out of date
  --help            show this text
`;

const { out, service: serviceFile, check, help } = options();
if (help) {
  process.stdout.write(HELP);
  process.exit();
}

const topic = pathToFileURL(join(root, "packages/topic/dist/esm/contract.js"));
const errors = listContractErrors(topic);
const described = await import(pathToFileURL(resolve(serviceFile)).href).catch((error) => {
  // Contract violations are reported first, because they can be the cause.
  if (errors.length === 0) throw error;
});
if (errors.length > 0) {
  for (const { route, violations } of errors) {
    for (const { path, problem } of violations) console.error(`${route} ${path || "(parameters)"}: ${problem}`);
  }
  const count = errors.reduce((sum, { violations }) => sum + violations.length, 0);
  fail(
    `${count} parameters of ${errors.length} routes violate the topic contract (PROTOCOL.md, section "Route parameters").`,
  );
}

const { asyncApiDocument } = await import(join(root, "packages/ws-server/dist/esm/async-api/document.js"));
const { service } = described;
if (service === undefined) fail(`${serviceFile} exports no \`service\`: { title, version, path, modules }.`);
const stale = [];
for (const version of ["2.4.0", "3.0.0"]) {
  const file = join(out, `asyncapi-${version}.json`);
  const text = `${JSON.stringify(asyncApiDocument(service, version), null, 2)}\n`;
  if (!check) {
    mkdirSync(out, { recursive: true });
    writeFileSync(file, text);
    console.log(`${relative(process.cwd(), file)}: ${service.modules.map(({ name }) => name).join(", ")}`);
  } else if (read(file) !== text) stale.push(relative(process.cwd(), file));
}
if (stale.length > 0) fail(`out of date: ${stale.join(", ")}. Run npm run generate.`);

function options() {
  try {
    return parseArgs({
      options: {
        out: { type: "string", default: join(root, "docs/asyncapi") },
        service: { type: "string", default: join(root, "apps/server/dist/async-api.js") },
        check: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return fail(`${/** @type {Error} */ (error).message}. See --help.`);
  }
}

/** Returns the text of a file, or undefined if it does not exist. */
function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(`export-asyncapi: ${message}`);
  process.exit(1);
}
