import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { root } from "../../src/run.mjs";
import { instructionsOf, lintDockerfile } from "./deploy/dockerfile.js";
import { compose, environments, files, manifests, queries, read, unit } from "./deploy/files.js";
import { lintManifests } from "./deploy/kubernetes.js";
import { readQuery } from "./deploy/promql.js";

/** What a server takes from its signal to its end, besides DRAIN_MS: requests that were begun, and the last commit. */
const FINISH_S = 10;

/** What is not Kubernetes' in a manifest. */
interface PodTemplate {
  readonly spec: {
    readonly terminationGracePeriodSeconds: number;
    readonly containers: readonly {
      readonly lifecycle: { readonly preStop: { readonly exec: { command: string[] } } };
    }[];
  };
}

describe("what is deployed", () => {
  test.each(files.filter((path) => /\.ya?ml$/.test(path)))("%s is YAML, each key once", (path) => {
    const documents = parseAllDocuments(read(path), { merge: true });
    expect(documents.length).toBeGreaterThan(0);
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  });

  test("the Dockerfile is sound: linted, versions pinned, no shell between the signal and the server, not root", () => {
    expect(lintDockerfile(read("Dockerfile"))).toEqual([]);
  });

  test("the Dockerfile's pnpm is the repository's", () => {
    const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const installed = instructionsOf(read("Dockerfile")).map((instruction) => instruction.getArgumentsContent());
    expect(installed).toContain(`npm install --global ${packageManager}`);
  });

  test("Kubernetes' schemas know every field of the manifests, and miss none", () => {
    expect(manifests.map(({ kind }) => kind).sort()).toEqual([
      "ConfigMap",
      "Deployment",
      "NetworkPolicy",
      "PersistentVolumeClaim",
      "PodDisruptionBudget",
      "Service",
    ]);
    expect(lintManifests(manifests)).toEqual([]);
  });

  test("Kubernetes' kustomization names every manifest", () => {
    const { resources } = parse(read("kubernetes/kustomization.yaml"));
    const there = files.filter((path) => path.startsWith("kubernetes/") && !path.endsWith("kustomization.yaml"));
    expect(resources.map((name: string) => `kubernetes/${name}`).sort()).toEqual(there);
  });

  test("compose uses secrets and volumes that it has, and pinned images", () => {
    for (const { image, secrets = [], volumes = [] } of Object.values(compose.services)) {
      expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?(-\w+)?$/);
      expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining([...secrets]));
      for (const volume of volumes) {
        const [source = ""] = volume.split(":");
        if (source.startsWith("./"))
          expect(
            files.some((path) => `./${path}`.startsWith(`${source}/`)),
            volume,
          ).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  test("whoever stops the server waits for longer than it drains", () => {
    const drainS = (name: string) => Number(environments[name]?.DRAIN_MS) / 1_000 + FINISH_S;
    expect(Number.parseInt(compose.services.server?.stop_grace_period ?? "", 10)).toBeGreaterThan(
      drainS("compose.yaml"),
    );
    expect(Number(unit.get("TimeoutStopSec"))).toBeGreaterThan(drainS("systemd/trading-server.service"));
    const { spec } = manifests.find(({ kind }) => kind === "Deployment") as unknown as {
      spec: { template: PodTemplate };
    };
    const { terminationGracePeriodSeconds, containers } = spec.template.spec;
    const [, preStopS] = containers[0]?.lifecycle.preStop.exec.command ?? [];
    expect(terminationGracePeriodSeconds).toBeGreaterThan(Number(preStopS) + drainS("kubernetes/configmap.yaml"));
  });

  test("alerts and panels have queries that Prometheus can read", () => {
    expect(queries().length).toBeGreaterThan(20);
    for (const { at, query } of queries()) expect(readQuery(query).metrics, at).not.toEqual([]);
  });
});
