import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { describe, expect, test } from "vitest";
import { readAudit } from "../src/dependencies/audit.mjs";
import { isAllowed, readLicences } from "../src/dependencies/licences.mjs";
import { productionPackages } from "../src/dependencies/lockfile.mjs";
import { toSbom } from "../src/dependencies/sbom.mjs";
import { root } from "../src/run.mjs";

/** The hash of a package as base64 and in hex. */
const HASH = `${"A".repeat(86)}==`;
const HEX = "00".repeat(64);

const LOCKFILE = `
lockfileVersion: '9.0'
importers:
  apps/server:
    dependencies:
      '@trading/topic': { specifier: 'workspace:*', version: link:../../packages/topic }
      fast: { specifier: 1.0.0, version: 1.0.0(peer@2.0.0) }
    devDependencies:
      tool: { specifier: 1.0.0, version: 1.0.0 }
  packages/topic:
    dependencies:
      '@scope/schema': { specifier: 3.0.0, version: 3.0.0 }
      forked: { specifier: 'git:x', version: https://example.com/forked.tgz }
packages:
  fast@1.0.0: { resolution: { integrity: sha512-${HASH} } }
  peer@2.0.0: { resolution: { integrity: sha1-BBBB } }
  tool@1.0.0: { resolution: { integrity: sha512-${HASH} } }
  '@scope/schema@3.0.0': { resolution: { integrity: sha512-${HASH} } }
  https://example.com/forked.tgz: { resolution: { tarball: https://example.com/forked.tgz, integrity: sha512-${HASH} } }
snapshots:
  fast@1.0.0(peer@2.0.0): { dependencies: { peer: 2.0.0 }, optionalDependencies: { other: '@scope/schema@3.0.0' } }
  peer@2.0.0: { dependencies: { fast: 1.0.0(peer@2.0.0) } }
  tool@1.0.0: {}
  '@scope/schema@3.0.0': {}
  https://example.com/forked.tgz: {}
`;

describe("the packages in production", () => {
  const packages = productionPackages(LOCKFILE, ["apps/server"]);

  test("are those of the project and of the workspace's packages, with all that they need", () => {
    expect([...packages.keys()]).toEqual([
      "@scope/schema@3.0.0",
      "fast@1.0.0",
      "https://example.com/forked.tgz",
      "peer@2.0.0",
    ]);
    expect(packages.get("fast@1.0.0")).toMatchObject({
      name: "fast",
      version: "1.0.0",
      integrity: `sha512-${HASH}`,
      isDirect: true,
      dependencies: ["@scope/schema@3.0.0", "peer@2.0.0"],
    });
    expect(packages.get("peer@2.0.0")?.isDirect).toBe(false);
  });

  test("show which do not come from the registry", () => {
    const foreign = [...packages].filter(([, { isFromRegistry }]) => !isFromRegistry);
    expect(foreign.map(([id]) => id)).toEqual(["https://example.com/forked.tgz"]);
  });

  test("need a lockfile of a known version", () => {
    expect(() => productionPackages("lockfileVersion: '10.0'", [])).toThrow("pnpm-lock.yaml has version 10.0");
  });

  test("of this repository include the server's database, and no test runner", () => {
    const names = [...productionPackages(readFileSync(join(root, "pnpm-lock.yaml"), "utf8"), ["apps/server"]).values()];
    expect(names.map(({ name }) => name)).toEqual(expect.arrayContaining(["pg", "libsql", "zod", "ws"]));
    expect(names.filter(({ name }) => ["vitest", "tsup", "typescript"].includes(name))).toEqual([]);
  });
});

test.each([
  ["MIT", true],
  ["(MPL-2.0 OR Apache-2.0)", true],
  ["MIT AND ISC", true],
  ["GPL-3.0-only", false],
  ["MIT AND GPL-3.0-only", false],
  ["AGPL-3.0-only OR GPL-3.0-only", false],
  ["Unknown", false],
  ["", false],
])("the licence %j is allowed: %s", (licence, expected) => {
  expect(isAllowed(licence)).toBe(expected);
});

describe("the audit", () => {
  test.each([
    ["{}", "skipped", "the registry has no advisories (no list in its reply)"],
    ['{"error":{"code":"ERR_PNPM_AUDIT_BAD_RESPONSE","message":"405"}}', "skipped", "(ERR_PNPM_AUDIT_BAD_RESPONSE)"],
    ["", "skipped", "pnpm audit printed no JSON"],
    ['{"advisories":{}}', "passed", "0 advisories, none high or critical"],
    ['{"advisories":{"1":{"severity":"low","module_name":"a","title":"t","url":"u"}}}', "passed", "1 advisories"],
    [
      '{"advisories":{"1":{"severity":"critical","module_name":"a","title":"t","url":"u"}}}',
      "failed",
      "1 of 1 advisories must be fixed:\ncritical: a: t (u)",
    ],
  ])("of %j is %s", (output, status, line) => {
    const result = readAudit(output);
    expect(result.status).toBe(status);
    expect(result.line).toContain(line);
  });
});

test("the bill of materials is valid CycloneDX, with hashes, licences and dependencies", async () => {
  const packages = productionPackages(LOCKFILE.replaceAll("https://example.com/forked.tgz", "forked@1.0.0"), [
    "apps/server",
  ]);
  const licences = readLicences(
    '{"MIT":[{"name":"fast","versions":["1.0.0"]}],"(MIT OR ISC)":[{"name":"@scope/schema","versions":["3.0.0"]}]}',
  );
  const text = toSbom({ name: "trading-streams", version: "0.1.0" }, packages, licences);
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
  const { components, dependencies } = JSON.parse(text);
  expect(components).toContainEqual({
    type: "library",
    "bom-ref": "fast@1.0.0",
    name: "fast",
    version: "1.0.0",
    purl: "pkg:npm/fast@1.0.0",
    hashes: [{ alg: "SHA-512", content: HEX }],
    licenses: [{ license: { id: "MIT" } }],
  });
  expect(components).toContainEqual(
    expect.objectContaining({
      group: "@scope",
      purl: "pkg:npm/%40scope/schema@3.0.0",
      licenses: [{ expression: "(MIT OR ISC)" }],
    }),
  );
  expect(dependencies).toContainEqual({ ref: "fast@1.0.0", dependsOn: ["@scope/schema@3.0.0", "peer@2.0.0"] });
  expect(toSbom({ name: "trading-streams", version: "0.1.0" }, packages, licences)).toBe(text);
});
