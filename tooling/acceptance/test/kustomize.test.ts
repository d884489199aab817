import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";
import { findTool } from "../../src/tools.mjs";
import { deploy } from "./deploy/files.js";
import { lintManifests, type Manifest, readManifests } from "./deploy/kubernetes.js";

/** Returns the manifests of deploy/kubernetes with components in kustomization.yaml, by kind and name. */
function render(...components: string[]): Map<string, Manifest> {
  const folder = mkdtempSync(join(tmpdir(), "kustomize-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(join(deploy, "kubernetes"), folder, { recursive: true });
  const file = join(folder, "kustomization.yaml");
  const kustomization = parse(readFileSync(file, "utf8"));
  writeFileSync(file, stringify({ ...kustomization, components }));
  const { status, stdout, stderr } = spawnSync(findTool("kubectl") ?? "", ["kustomize", folder], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return new Map(readManifests(stdout).map((manifest) => [`${manifest.kind} ${manifest.metadata?.name}`, manifest]));
}

/** The parts of a Deployment that the tests read. */
interface Deployment {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly {
          readonly image: string;
          readonly env?: readonly { readonly name: string; readonly value: string }[];
          readonly args?: readonly string[];
          readonly volumeMounts: readonly { readonly mountPath: string }[];
        }[];
      };
    };
  };
}

describe.skipIf(findTool("kubectl") === undefined)("the Kubernetes components", () => {
  test.each([
    ["no component", [], 7],
    ["PostgreSQL", ["postgres"], 5],
    ["a cluster", ["postgres", "cluster"], 12],
    ["a cluster with the Prometheus operator", ["postgres", "cluster", "service-monitor"], 13],
  ] as const)("render manifests that match the schemas of Kubernetes: %s", (_case, components, count) => {
    const manifests = render(...components);
    expect([...manifests.keys()]).toHaveLength(count);
    // A resource of the Prometheus operator, whose schema is not that of Kubernetes.
    expect(lintManifests([...manifests.values()].filter(({ kind }) => kind !== "ServiceMonitor"))).toEqual([]);
  });

  test("clients of a cluster reach the gateways, which run neither sources nor the broker", () => {
    const manifests = render("postgres", "cluster");
    const [sources, gateways] = ["trading-server", "trading-gateway"].map((name) => {
      const { spec } = manifests.get(`Deployment ${name}`) as unknown as Deployment;
      return { labels: spec.template.metadata.labels, ...spec.template.spec.containers[0] };
    });
    expect(manifests.get("Service trading-server")).toMatchObject({ spec: { selector: gateways?.labels } });
    expect(gateways?.env).toContainEqual({ name: "RUN_SOURCES", value: "off" });
    expect(sources?.env).toBeUndefined();
    expect(gateways?.image).toBe(sources?.image);
    const { data } = manifests.get("ConfigMap trading-server") as unknown as { data: Record<string, string> };
    const isMounted = (file = "", { volumeMounts = [] }: Partial<typeof sources> = {}) =>
      volumeMounts.some(({ mountPath }) => file.startsWith(`${mountPath}/`));
    for (const name of ["JWT_SECRET_FILE", "REDIS_URL_FILE", "DATABASE_URL_FILE"]) {
      expect(isMounted(data[name], sources), name).toBe(true);
      const overridden = gateways?.env?.find((variable) => variable.name === name)?.value;
      expect(overridden === "" || isMounted(data[name], gateways), name).toBe(true);
    }
  });
});
