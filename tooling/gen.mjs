// Writes a new part of the product, with its tests, from the files in gen/.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { root } from "./src/run.mjs";

const HELP = `npm run gen module [name]

Writes a module of the reference server, to be changed into yours: notes that accounts write of symbols.

  apps/server/src/modules/<name>/   route.ts     what is streamed: it types, validates and documents its topics
                                    service.ts   what the module does, without socket and HTTP
                                    streams.ts   the service behind the route
                                    rest.ts      the service behind endpoints, below /api/v1/<name>
                                    index.ts     all of it as a part of the server
  apps/server/test/<name>/          a test of the stream, and one of the endpoints

It is added to the list in apps/server/src/modules/index.ts, so ENABLED_MODULES knows it.

The name is lower-case words with hyphens between, such as price-alerts. Where none is given, it is asked for.
Options come after a -- of their own: npm run gen module -- --name price-alerts

  --name <name>   the same as [name]
  --help          this text
`;

const SOURCES = "apps/server/src/modules";
const TESTS = "apps/server/test";
const LIST = `${SOURCES}/index.ts`;
const TEMPLATES = join(root, "tooling/gen/module");

/** What a module cannot be called, and why. */
const TAKEN = new Map([
  ["all", "ENABLED_MODULES has it for every module"],
  ...["auth", "docs", "health", "versions", "ws"].map(
    (name) => /** @type {const} */ ([name, `/api/v1/${name} is the server's own`]),
  ),
]);

const { help, what, name } = options();
if (help) {
  process.stdout.write(HELP);
} else if (what !== "module") {
  const told = what === undefined ? "Say what to write" : `There is no "${what}" to write`;
  fail(`${told}: npm run gen module.`);
} else {
  await writeModule(name ?? (await ask("Name of the module, such as price-alerts: ")));
}

/** @param {string} name */
async function writeModule(name) {
  const problem = await problemOf(name);
  if (problem !== undefined) fail(`the name ${JSON.stringify(name)} cannot be: ${problem}.`);
  const list = withModule(readFileSync(join(root, LIST), "utf8"), name);

  const written = [...copy("src", `${SOURCES}/${name}`, name), ...copy("test", `${TESTS}/${name}`, name)];
  writeFileSync(join(root, LIST), list);
  // Names differ in length and order, and with them where lines break and how imports are sorted.
  const files = [...written, LIST].map((file) => join(root, file));
  execFileSync(join(root, "node_modules/.bin/biome"), ["check", "--write", "--error-on-warnings", ...files], {
    stdio: ["ignore", "ignore", 2],
  });

  console.log(`${[...written, `${LIST}   (the list of modules, which has it now)`].join("\n")}

Then:
  npm test -- ${TESTS}/${name}
  ENABLED_MODULES=datafeed,${name} npm start    see http://localhost:8000/api/v1/docs
  npm run generate    updates the documents in docs/, which tests compare with the server
`);
}

/**
 * Why a module cannot have this name.
 *
 * @param {string} name
 */
async function problemOf(name) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return "give lower-case words with hyphens between, as price-alerts";
  const taken = TAKEN.get(name);
  if (taken !== undefined) return `${taken}: give another name`;
  for (const folder of [`${SOURCES}/${name}`, `${TESTS}/${name}`]) {
    if (existsSync(join(root, folder))) return `${folder} exists: give another name, or remove it first`;
  }
  const routes = await import(join(root, "packages/topic/dist/esm/routes/index.js"));
  if (Object.values(routes).some((route) => route.name === name)) {
    return "the protocol has a route of that name: give another name";
  }
  return undefined;
}

/**
 * Copies a folder of templates under the module's name.
 *
 * @param {string} from
 * @param {string} to below the root
 * @param {string} name
 * @returns {string[]} what was written, below the root
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
 * The list of modules with one more.
 *
 * @param {string} list the text of its file
 * @param {string} name
 */
function withModule(list, name) {
  const [before, rest = ""] = list.split(/(?<=^const MODULES\b.*\{\n)/m);
  const end = rest.search(/^\};$/m);
  if (end === -1)
    fail(`${LIST} has no "const MODULES … = {" that ends with "};": there is nothing to add a module to.`);
  const imported = named('import { createNewModuleModule } from "./new-module/index.js";\n', name);
  const line =
    '"new-module": ({ datafeed, clock }) => createNewModuleModule({ symbols: datafeed.instruments, clock }),\n';
  return `${imported}${before}${rest.slice(0, end)}${named(line, name)}${rest.slice(end)}`;
}

/**
 * A template's text, of which it is the module's name: new-module, newModule and NewModule.
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
  if (!process.stdin.isTTY) fail("there is nobody to ask for a name: give one, as in npm run gen module price-alerts.");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(question);
  terminal.close();
  return answer.trim();
}

function options() {
  try {
    const { values, positionals } = parseArgs({
      options: { name: { type: "string" }, help: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    const [what, name = values.name, ...more] = positionals;
    if (more.length > 0) throw new Error(`One name is enough, and ${JSON.stringify(more[0])} is a second`);
    return { help: values.help, what, name };
  } catch (error) {
    const [told] = /** @type {Error} */ (error).message.split(". ");
    return fail(`${told}. See npm run gen -- --help.`);
  }
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(`gen: ${message}`);
  process.exit(1);
}
