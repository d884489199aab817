// Generates a module of the reference server, with its tests, from the templates in gen/.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { root } from "./src/run.mjs";

const HELP = `npm run gen module [name]

Generates a module of the reference server as a starting point for yours: an account's notes about symbols.

  apps/server/src/modules/<name>/   route.ts     the route: types, validates and documents its topics
                                    service.ts   the logic, without sockets and HTTP
                                    streams.ts   publishes the service on the route
                                    rest.ts      the endpoints under /api/v1/<name>
                                    index.ts     the module, for the server
  apps/server/test/modules/<name>/  tests of the stream and of the endpoints

Adds it to the list in apps/server/src/modules/index.ts, so that ENABLED_MODULES accepts it.

The name consists of lower-case words with hyphens, such as price-alerts. Without a name, the command prompts for it.
Options follow after --, as in: npm run gen module -- --name price-alerts

  --name <name>   the same as [name]
  --help          show this text
`;

const SOURCES = "apps/server/src/modules";
const TESTS = "apps/server/test/modules";
const LIST = `${SOURCES}/index.ts`;
const TEMPLATES = join(root, "tooling/gen/module");

/** Reserved names of modules, with the reason. */
const TAKEN = new Map([
  ["all", "ENABLED_MODULES uses it for all modules"],
  ...["auth", "docs", "health", "versions", "ws"].map(
    (name) => /** @type {const} */ ([name, `the server uses /api/v1/${name} itself`]),
  ),
]);

const { help, what, name } = options();
if (help) {
  process.stdout.write(HELP);
} else if (what !== "module") {
  const problem = what === undefined ? "missing argument" : `unknown argument "${what}"`;
  fail(`${problem}. Run npm run gen module.`);
} else {
  await writeModule(name ?? (await ask("Name of the module, such as price-alerts: ")));
}

/** @param {string} name */
async function writeModule(name) {
  const problem = await problemOf(name);
  if (problem !== undefined) fail(`invalid name ${JSON.stringify(name)}: ${problem}.`);
  const list = withModule(readFileSync(join(root, LIST), "utf8"), name);

  const written = [...copy("src", `${SOURCES}/${name}`, name), ...copy("test", `${TESTS}/${name}`, name)];
  writeFileSync(join(root, LIST), list);
  // Line breaks and the order of imports depend on the name.
  const files = [...written, LIST].map((file) => join(root, file));
  execFileSync(join(root, "node_modules/.bin/biome"), ["check", "--write", "--error-on-warnings", ...files], {
    stdio: ["ignore", "ignore", 2],
  });

  console.log(`${[...written, `${LIST}   (the list of modules)`].join("\n")}

Then:
  npm test -- ${TESTS}/${name}
  ENABLED_MODULES=datafeed,${name} npm start    see http://localhost:8000/api/v1/docs
  npm run generate    updates the documents in docs/, which tests compare with the server
`);
}

/**
 * Returns the reason why a module cannot have this name, or undefined.
 *
 * @param {string} name
 */
async function problemOf(name) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return "use lower-case words with hyphens, as in price-alerts";
  const taken = TAKEN.get(name);
  if (taken !== undefined) return `${taken}; choose another name`;
  for (const folder of [`${SOURCES}/${name}`, `${TESTS}/${name}`]) {
    if (existsSync(join(root, folder))) return `${folder} exists; choose another name, or remove it first`;
  }
  const routes = await import(join(root, "packages/topic/dist/esm/routes/index.js"));
  if (Object.values(routes).some((route) => route.name === name)) {
    return "the protocol has a route with this name; choose another name";
  }
  return undefined;
}

/**
 * Writes the files of a template folder, with the module's name.
 *
 * @param {string} from
 * @param {string} to relative to the root
 * @param {string} name
 * @returns {string[]} the written files, relative to the root
 */
function copy(from, to, name) {
  mkdirSync(join(root, to));
  return readdirSync(join(TEMPLATES, from)).map((template) => {
    const text = readFileSync(join(TEMPLATES, from, template), "utf8");
    const file = basename(template, ".template");
    writeFileSync(join(root, to, file), named(text, name), { flag: "wx" });
    return `${to}/${file}`;
  });
}

/**
 * Returns the list of modules with the new one.
 *
 * @param {string} list the text of the file
 * @param {string} name
 */
function withModule(list, name) {
  const [before, rest = ""] = list.split(/(?<=^const MODULES\b.*\{\n)/m);
  const end = rest.search(/^\};$/m);
  if (end === -1) fail(`${LIST} has no "const MODULES … = {" that ends with "};": cannot add the module.`);
  const imported = named('import { createNewModuleModule } from "./new-module/index.js";\n', name);
  const line =
    '"new-module": ({ datafeed, clock }) => createNewModuleModule({ symbols: datafeed.instruments, clock }),\n';
  return `${imported}${before}${rest.slice(0, end)}${named(line, name)}${rest.slice(end)}`;
}

/**
 * Replaces new-module, newModule and NewModule in a template by the module's name.
 *
 * @param {string} text
 * @param {string} name
 */
function named(text, name) {
  const pascal = name.replace(/(?:^|-)(.)/g, (_, letter) => letter.toUpperCase());
  const camel = pascal[0].toLowerCase() + pascal.slice(1);
  return text.replaceAll("new-module", name).replaceAll("newModule", camel).replaceAll("NewModule", pascal);
}

/** @param {string} question */
async function ask(question) {
  if (!process.stdin.isTTY)
    fail("the input is not a terminal, so the name must be an argument, as in npm run gen module price-alerts.");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const reply = await terminal.question(question);
  terminal.close();
  return reply.trim();
}

function options() {
  try {
    const { values, positionals } = parseArgs({
      options: { name: { type: "string" }, help: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    const [what, name = values.name, ...more] = positionals;
    if (more.length > 0) throw new Error(`Unexpected argument ${JSON.stringify(more[0])}: only one name is allowed`);
    return { help: values.help, what, name };
  } catch (error) {
    const [problem] = /** @type {Error} */ (error).message.split(". ");
    return fail(`${problem}. See npm run gen -- --help.`);
  }
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(`gen: ${message}`);
  process.exit(1);
}
