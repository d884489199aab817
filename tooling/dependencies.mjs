// Checks the packages that users install with this repository's programs: their origin, licences and known
// vulnerabilities. Writes a bill of materials to reports/sbom.cdx.json.
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { readAudit } from "./src/dependencies/audit.mjs";
import { isAllowed, readLicences } from "./src/dependencies/licences.mjs";
import { productionPackages } from "./src/dependencies/lockfile.mjs";
import { toSbom } from "./src/dependencies/sbom.mjs";
import { root } from "./src/run.mjs";

const PROJECTS = [
  "apps/server",
  "apps/terminal",
  "packages/codegen",
  "packages/topic",
  "packages/topic-conformance",
  "packages/ws-client",
  "packages/ws-server",
];
const REPORT = join(root, "reports/sbom.cdx.json");

const filters = PROJECTS.flatMap((project) => ["--filter", `./${project}`]);
const [licenceList, auditReport] = await Promise.all([
  pnpm(...filters, "licenses", "list", "--prod", "--json"),
  pnpm("audit", "--prod", "--json"),
]);
const packages = productionPackages(readFileSync(join(root, "pnpm-lock.yaml"), "utf8"), PROJECTS);
const licences = readLicences(licenceList);
/** @type {string[]} */
const problems = [];

for (const [id, { isFromRegistry, integrity = "" }] of packages) {
  if (!isFromRegistry) problems.push(`${id} does not come from the registry`);
  else if (!integrity.startsWith("sha512-")) problems.push(`${id} has no SHA-512 hash in pnpm-lock.yaml`);
}
console.log(`origin: ${packages.size} packages in production, pinned by hash in pnpm-lock.yaml`);

for (const [id, licence] of licences) {
  if (!isAllowed(licence)) problems.push(`${id} has the licence ${licence}: see tooling/src/dependencies/licences.mjs`);
}
console.log(`licences: ${[...new Set(licences.values())].sort().join(", ")}`);

const { version } = JSON.parse(readFileSync(join(root, "apps/server/package.json"), "utf8"));
mkdirSync(dirname(REPORT), { recursive: true });
writeFileSync(REPORT, toSbom({ name: "trading-streams", version }, packages, licences));
console.log(`bill of materials: ${relative(root, REPORT)}`);

const audit = readAudit(auditReport);
console.log(`vulnerabilities: ${audit.status}: ${audit.line}`);
if (audit.status === "failed") problems.push("packages with known vulnerabilities");

for (const problem of problems) console.error(`FAILED: ${problem}`);
if (problems.length > 0) process.exitCode = 1;

/** Runs pnpm. @param {string[]} args @returns {Promise<string>} what it prints, also when it fails */
function pnpm(...args) {
  const program = join(root, "node_modules/.bin/pnpm");
  return new Promise((resolve) => {
    execFile(program, args, { cwd: root, maxBuffer: 2 ** 26, timeout: 60_000 }, (_error, stdout) => resolve(stdout));
  });
}
