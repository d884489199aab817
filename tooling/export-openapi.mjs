// Writes the OpenAPI document of the reference server, or checks that it is up to date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./src/run.mjs";

const HELP = `node tooling/export-openapi.mjs [options]

Writes the OpenAPI 3.1 document of the reference server, with all of its modules.

  --out <file>  the output file                              default docs/openapi/openapi.json
  --check       write nothing, and exit with 1 if the file is out of date
  --help        show this text
`;

const { out, check, help } = options();
if (help) {
  process.stdout.write(HELP);
} else {
  const { openApiDocument } = await import(join(root, "apps/server/dist/open-api.js"));
  const text = `${JSON.stringify(await openApiDocument(), null, 2)}\n`;
  const shown = relative(process.cwd(), out);
  if (!check) {
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, text);
    console.log(shown);
  } else if (!existsSync(out) || readFileSync(out, "utf8") !== text) {
    fail(`${shown} is out of date. Run npm run generate.`);
  }
}

function options() {
  try {
    return parseArgs({
      options: {
        out: { type: "string", default: join(root, "docs/openapi/openapi.json") },
        check: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return fail(`${/** @type {Error} */ (error).message}. See --help.`);
  }
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(`export-openapi: ${message}`);
  process.exit(1);
}
