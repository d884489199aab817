import { fileURLToPath } from "node:url";
import { main } from "./main.js";
import { install } from "./package-manager.js";

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  templates: fileURLToPath(new URL("../templates", import.meta.url)),
  env: process.env,
  nodeVersion: process.versions.node,
  install,
});
