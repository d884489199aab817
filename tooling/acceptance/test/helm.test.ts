import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findTool } from "../../src/tools.mjs";
import { deploy } from "./deploy/files.js";
import { lintManifests, type Manifest, readManifests } from "./deploy/kubernetes.js";

const chart = join(deploy, "helm/trading-server");
/** The version whose features the templates may use. */
const VERSION = ["--kube-version", "1.31.0"];

function helm(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(findTool("helm") ?? "", args, { encoding: "utf8" });
  return { status, stdout, text: `${stdout}${stderr}` };
}

/** Returns the manifests that the chart renders, by kind; those with a suffix in their name by that too. */
function render(...settings: string[]): Map<string, Manifest> {
  const { status, stdout, text } = helm("template", "t", chart, ...VERSION, ...settings.flatMap((at) => ["--set", at]));
  expect(status, text).toBe(0);
  return new Map(
    readManifests(stdout).map((manifest) => {
      const suffix = manifest.metadata?.name?.replace(/^t-trading-server/, "") ?? "";
      return [`${manifest.kind}${suffix}`, manifest];
    }),
  );
}

const WITH_POSTGRES = [
  "replicas=2",
  "postgres.existingSecret=db",
  "ingress.enabled=true",
  "serviceMonitor.enabled=true",
];
const CLUSTER = ["replicas=2", "postgres.existingSecret=db", "redis.existingSecret=redis", "gateways.replicas=3"];
const MARKET_DATA = ["replicas=3", "config.ENABLED_MODULES=datafeed"];

describe.skipIf(findTool("helm") === undefined)("the Helm chart", () => {
  test("passes helm lint", () => {
    const { status, text } = helm("lint", "--strict", ...VERSION, chart);
    expect(status, text).toBe(0);
  });

  test.each([
    ["one server with a volume", [], ["PersistentVolumeClaim"]],
    ["a pair with PostgreSQL", WITH_POSTGRES, ["Ingress", "ServiceMonitor"]],
    ["market data only", MARKET_DATA, ["PodDisruptionBudget"]],
    [
      "a cluster",
      [...CLUSTER, "serviceMonitor.enabled=true"],
      ["Deployment-gateway", "PodDisruptionBudget", "PodDisruptionBudget-gateway", "Service-sources", "ServiceMonitor"],
    ],
  ])("renders manifests that match the schemas of Kubernetes: %s", (_case, settings, kinds) => {
    const manifests = render(...settings);
    expect([...manifests.keys()].sort()).toEqual(
      ["ConfigMap", "Deployment", "NetworkPolicy", "Service", ...kinds].sort(),
    );
    // A resource of the Prometheus operator, whose schema is not that of Kubernetes.
    manifests.delete("ServiceMonitor");
    expect(lintManifests([...manifests.values()])).toEqual([]);
  });

  test("gives the server the URL of the database as a file of the secret", () => {
    const manifests = render(...WITH_POSTGRES);
    expect(manifests.get("ConfigMap")?.data).toMatchObject({
      DATABASE_URL_FILE: "/etc/trading-server/postgres/database_url",
      JWT_SECRET_FILE: "/etc/trading-server/jwt/jwt_secret",
    });
    const text = JSON.stringify(manifests.get("Deployment"));
    expect(text).toContain('{"name":"postgres","secret":{"secretName":"db","defaultMode":288}}');
    expect(text).toContain('"mountPath":"/etc/trading-server/postgres","readOnly":true');
  });

  test("sends the clients of a cluster to the gateways, which run neither sources nor the broker", () => {
    const manifests = render(...CLUSTER);
    expect(manifests.get("Service")).toMatchObject({
      spec: { selector: { "app.kubernetes.io/component": "gateway" } },
    });
    const [servers, gateways] = ["Deployment", "Deployment-gateway"].map((name) => JSON.stringify(manifests.get(name)));
    expect(gateways).toContain(
      '"env":[{"name":"RUN_SOURCES","value":"off"},{"name":"DATABASE_URL_FILE","value":""},{"name":"DRAIN_MS","value":"5000"}]',
    );
    expect(gateways).not.toContain("/etc/trading-server/postgres");
    expect(gateways).toContain('"terminationGracePeriodSeconds":30');
    expect(servers).not.toContain("RUN_SOURCES");
    for (const text of [servers, gateways]) {
      expect(text).toContain('"mountPath":"/etc/trading-server/redis","readOnly":true');
      expect(text).toContain('"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}');
    }
    expect(render("replicas=1").get("Service")).toMatchObject({
      spec: { selector: { "app.kubernetes.io/component": "server" } },
    });
  });

  test("kills a pod later than it drains", () => {
    const settings = ["config.DRAIN_MS=30000", "config.DRAIN_DELAY_MS=1500", "preStopSeconds=7"];
    const quoted = settings.flatMap((at) => [at.startsWith("config") ? "--set-string" : "--set", at]);
    const { stdout } = helm("template", "t", chart, ...VERSION, ...quoted);
    expect(stdout).toContain("terminationGracePeriodSeconds: 59\n");
  });

  test.each([
    [["replicas=2"], "replicas is 2, but accounts are in a file that one server uses: set postgres.existingSecret"],
    [["gateways.replicas=2"], "gateways.replicas is 2, but gateways reach the servers that run sources by Redis"],
    [["config.RUN_SOURCES=off"], "/config"],
    [["replica=2"], "additional properties 'replica' not allowed"],
    [["replicas=0"], "/replicas"],
    [["postgres.existingSecret=My_Db"], "/postgres/existingSecret"],
    [["config.DATABASE_URL=postgresql://user:secret@host/db"], "/config"],
  ])("refuses %j", (settings, message) => {
    const { status, text } = helm("template", "t", chart, ...VERSION, ...settings.flatMap((at) => ["--set", at]));
    expect(status).not.toBe(0);
    expect(text).toContain(message);
  });
});
