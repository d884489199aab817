import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../../../src/run.mjs";
import { readManifests } from "./kubernetes.js";

/** The folder `deploy`. */
export const deploy = join(root, "deploy");

/** The paths of its files, relative to it. */
export const files = readdirSync(deploy, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("/secrets"))
  .map((entry) => join(entry.parentPath, entry.name).slice(deploy.length + 1))
  .sort();

/** Returns the text of a file. */
export const read = (path: string) => readFileSync(join(deploy, path), "utf8");

/** The fields of compose.yaml that the tests read. */
export interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image?: string;
        readonly command?: readonly string[];
        readonly environment?: Readonly<Record<string, string>>;
        readonly stop_grace_period?: string;
        readonly secrets?: readonly string[];
        readonly volumes?: readonly string[];
      }
    >
  >;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

export const compose: Compose = parse(read("compose.yaml"), { merge: true });

/** The additions and changes of compose.cluster.yaml to compose.yaml. */
export const composeCluster: Compose = parse(read("compose.cluster.yaml"), { merge: true });

/** The Kubernetes manifests. */
export const manifests = files
  .filter((path) => /^kubernetes\/[^/]+$/.test(path) && !path.endsWith("kustomization.yaml"))
  .flatMap((path) => readManifests(read(path)));

/** The settings of the systemd unit, each with all of its values. */
export const unit = new Map<string, string[]>();
for (const [, name = "", value = ""] of read("systemd/trading-server.service").matchAll(/^(\w+)=(.*)$/gm)) {
  unit.set(name, [...(unit.get(name) ?? []), value]);
}

/** The environment of the server in each kind of deployment, without the variables of the image. */
export const environments: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // Interpolated values are left out when their variable is not set.
  "compose.yaml": Object.fromEntries(
    Object.entries(compose.services.server?.environment ?? {}).map(([name, value]) => [
      name,
      value.replace(/^\$\{.*\}$/, ""),
    ]),
  ),
  "helm/trading-server/values.yaml": parse(read("helm/trading-server/values.yaml")).config,
  "kubernetes/configmap.yaml": manifests.find(({ kind }) => kind === "ConfigMap")?.data as Record<string, string>,
  "systemd/trading-server.service": Object.fromEntries(
    (unit.get("Environment") ?? []).map((setting) => setting.split(/=(.*)/s).slice(0, 2)),
  ),
};

/** The environment of each server of compose.cluster.yaml, by its service. */
export const clusterEnvironments: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.fromEntries(
  Object.entries(composeCluster.services)
    .filter(([, { environment }]) => environment !== undefined)
    .map(([service, { environment }]) => [
      service,
      { ...(service === "server" && environments["compose.yaml"]), ...environment },
    ]),
);

/** Prometheus queries, with their places. */
export function queries(): { readonly at: string; readonly query: string }[] {
  const { groups } = parse(read("prometheus/alerts.yml"));
  const rules = groups.flatMap((group: { rules: { alert: string; expr: string }[] }) => group.rules);
  const { panels } = JSON.parse(read("grafana/dashboards/trading-server.json"));
  return [
    ...rules.map(({ alert, expr }: { alert: string; expr: string }) => ({ at: `alert ${alert}`, query: expr })),
    ...panels.flatMap(({ title, targets }: { title: string; targets: { expr: string }[] }) =>
      targets.map(({ expr }) => ({ at: `panel ${title}`, query: expr })),
    ),
  ];
}
