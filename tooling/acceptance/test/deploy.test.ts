import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { parse, parseAllDocuments } from "yaml";
import { hasRedis } from "../../src/redis/redis-server.mjs";
import { root } from "../../src/run.mjs";
import { findTool } from "../../src/tools.mjs";
import { ACCOUNT, connect, eventually, startNginx, startRedis, token, untilReady } from "./deploy/cluster.js";
import { type Image, instructionsOf, lintDockerfile, makeImage } from "./deploy/dockerfile.js";
import {
  clusterEnvironments,
  compose,
  composeCluster,
  environments,
  files,
  manifests,
  queries,
  read,
  unit,
} from "./deploy/files.js";
import { blocksOf, patternOf, runStep, stepsOf } from "./deploy/guide.js";
import { lintManifests } from "./deploy/kubernetes.js";
import { ask, type Running, start } from "./deploy/process.js";
import { readQuery, readScrape } from "./deploy/promql.js";

/** The time that a server needs to stop, in addition to DRAIN_MS: for requests in progress and the last commit. */
const FINISH_S = 10;

/** The labels that Prometheus adds to every series. */
const PROMETHEUS_LABELS = ["instance", "job"];

/** The variables in deploy/README.md that belong to other programs. */
const FOR_OTHERS = ["COMPOSE_PROFILES", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "TOKEN"];

const hasCurl = findTool("curl") !== undefined;

/** The fields of a Deployment's pods that the tests read. */
interface PodTemplate {
  readonly spec: {
    readonly terminationGracePeriodSeconds: number;
    readonly containers: readonly {
      readonly lifecycle: { readonly preStop: { readonly exec: { command: string[] } } };
    }[];
  };
}

describe("the deployment files", () => {
  test.each(files.filter((path) => /\.ya?ml$/.test(path) && !path.includes("/templates/")))(
    "%s is YAML without duplicate keys",
    (path) => {
      const documents = parseAllDocuments(read(path), { merge: true });
      expect(documents.length).toBeGreaterThan(0);
      expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    },
  );

  test("the Dockerfile passes a linter, pins versions, starts the server without a shell, and does not run as root", () => {
    expect(lintDockerfile(read("Dockerfile"))).toEqual([]);
  });

  test("the Dockerfile uses the repository's version of pnpm", () => {
    const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const installed = instructionsOf(read("Dockerfile")).map((instruction) => instruction.getArgumentsContent());
    expect(installed).toContain(`npm install --global ${packageManager}`);
  });

  test("the Kubernetes manifests match the schemas of Kubernetes", () => {
    expect(manifests.map(({ kind }) => kind).sort()).toEqual([
      "ConfigMap",
      "Deployment",
      "Ingress",
      "NetworkPolicy",
      "PersistentVolumeClaim",
      "PodDisruptionBudget",
      "Service",
    ]);
    expect(lintManifests(manifests)).toEqual([]);
  });

  test("the kustomization lists every manifest", () => {
    const { resources } = parse(read("kubernetes/kustomization.yaml"));
    const there = files.filter((path) => /^kubernetes\/[^/]+$/.test(path) && !path.endsWith("kustomization.yaml"));
    expect(resources.map((name: string) => `kubernetes/${name}`).sort()).toEqual(there);
  });

  test("the files of compose declare the secrets and volumes that they use, and pin their images", () => {
    const all = { ...compose.secrets, ...composeCluster.secrets };
    const services = [...Object.values(compose.services), ...Object.values(composeCluster.services)];
    for (const { image, secrets = [], volumes = [] } of services) {
      if (image !== undefined) expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?(-\w+)?$/);
      expect(Object.keys(all)).toEqual(expect.arrayContaining([...secrets]));
      for (const volume of volumes) {
        const [source = ""] = volume.split(":");
        if (source.startsWith("./"))
          expect(
            files.some((path) => `./${path}` === source || `./${path}`.startsWith(`${source}/`)),
            volume,
          ).toBe(true);
        else expect(Object.keys(compose.volumes ?? {})).toContain(source);
      }
    }
  });

  test("a server that no other one replaces while it stops does not wait for its clients to move", () => {
    const replicas = manifests
      .filter(({ kind }) => kind === "Deployment")
      .map(({ spec }) => (spec as { replicas: number }).replicas);
    expect(replicas).toEqual([1]);
    const drains = ["compose.yaml", "systemd/trading-server.service", "kubernetes/configmap.yaml"].map(
      (name) => environments[name]?.DRAIN_MS,
    );
    expect(drains).toEqual(["0", "0", "0"]);
    expect(read("helm/trading-server/values.yaml")).toMatch(/^replicas: 1$[\s\S]*^ {2}DRAIN_MS: "0"$/m);
    expect(read("README.md")).toContain("the samples have 0");
  });

  test("every supervisor waits longer than the server drains before it kills it", () => {
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

  test("the queries of alerts and panels are valid", () => {
    expect(queries().length).toBeGreaterThan(20);
    for (const { at, query } of queries()) expect(readQuery(query).metrics, at).not.toEqual([]);
  });
});

describe("the image", () => {
  const ground = mkdtempSync(join(tmpdir(), "image-"));
  let image: Image;

  beforeAll(async () => {
    // The user of the container must be able to write here.
    chmodSync(ground, 0o755);
    const { PATH = "", HOME = "" } = process.env;
    image = await makeImage({
      dockerfile: read("Dockerfile"),
      context: root,
      ground,
      // Packages come from pnpm's store, which the installation of this repository has filled.
      env: { PATH: `${join(root, "node_modules/.bin")}:${PATH}`, HOME, npm_config_offline: "true" },
      isDone: (command) => command.startsWith("npm install --global pnpm"),
    });
  });

  afterAll(() => rm(ground, { recursive: true }));

  test("contains no build or test tools", () => {
    const installed = readdirSync(join(image.root, "app/server/node_modules/.pnpm"));
    expect(installed.some((name) => name.startsWith("fastify@"))).toBe(true);
    const tools = /^(typescript|tsup|vite|vitest|esbuild|turbo|fast-check|playwright)@/;
    expect(installed.filter((name) => tools.test(name))).toEqual([]);
  });

  test("knows every variable that the deployment files set", async () => {
    const help = await ask(image, "--help");
    const names = [...help.matchAll(/^ {2}([A-Z][A-Z_]+)$/gm)].map(([, name]) => name as string);
    const secrets = [...help.matchAll(/or ([A-Z_]+_FILE), the path of a file/g)].map(([, name]) => name as string);
    expect(names).toContain("DRAIN_MS");
    const known = [...names, ...secrets, "NODE_ENV", "NODE_OPTIONS"];
    const places = { Dockerfile: image.env, ...environments, ...clusterEnvironments };
    for (const [place, env] of Object.entries(places))
      expect(known, place).toEqual(expect.arrayContaining(Object.keys(env)));
    for (const place of ["nginx.conf", "nginx.cluster.conf", "haproxy.cfg", "Caddyfile", "README.md"]) {
      const set = [...read(place).matchAll(/\b([A-Z][A-Z_]{2,})=/g)].map(([, name]) => name as string);
      expect([...known, ...FOR_OTHERS], place).toEqual(expect.arrayContaining(set));
    }
  });

  test.each(Object.keys(environments))(
    "starts with what %s gives it, is healthy, and drains on SIGTERM",
    async (place) => {
      const env = place.startsWith("systemd/") ? environments[place] : { ...image.env, ...environments[place] };
      const server = await start(image, env ?? {});
      expect(await server.checkHealth()).toBe(0);
      expect((await fetch(`http://127.0.0.1:${server.metricsPort}/readyz`)).status).toBe(200);
      const page = await fetch(`http://127.0.0.1:${server.port}/`);
      expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);

      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/v1/ws`);
      await once(socket, "open");
      const closed = once(socket, "close");
      const stopped = server.stop("SIGTERM");
      expect((await closed)[0]).toBe(1012);
      expect(await stopped).toEqual({ code: 0, errors: "" });
      expect(await server.checkHealth()).toBe(1);
    },
  );

  test.skipIf(!hasRedis || findTool("nginx") === undefined)(
    "runs as the cluster of compose.cluster.yaml: clients trade through both gateways, and stay when one is killed",
    async () => {
      const redisUrl = await startRedis();
      const servers = new Map<string, Running>();
      for (const [service, env] of Object.entries(clusterEnvironments)) {
        const proxies = service === "server" ? {} : { TRUSTED_PROXIES: "127.0.0.1" };
        servers.set(service, await start(image, { ...image.env, ...env, ...proxies }, redisUrl));
      }
      const gateways = ["gateway-1", "gateway-2"].map((service) => servers.get(service) as Running);
      for (const { metricsPort } of gateways) await untilReady(metricsPort);
      const port = await startNginx(gateways.map((gateway) => gateway.port));
      const clients = [connect(port), connect(port)] as const;
      await eventually(() => [...clients[0].received].find((bar) => clients[1].received.has(bar)));
      const reply = await fetch(`http://127.0.0.1:${port}/api/v1/broker/orders?accountId=${ACCOUNT}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token()}` },
        body: JSON.stringify({ symbol: "AAPL", type: 1, side: 1, qty: 1, limitPrice: 1 }),
      });
      expect(reply.status).toBe(200);
      const { orderId } = (await reply.json()) as { orderId: string };
      for (const { placed } of clients) await eventually(() => placed.get(orderId));
      // nginx connects in turn, so each gateway has one of the clients.
      const sockets = gateways.map(async ({ metricsPort }) => {
        const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
        return /^trading_ws_connections\{protocol="session"\} (\d+)$/m.exec(metrics)?.[1];
      });
      expect(await Promise.all(sockets)).toEqual(["1", "1"]);

      await (gateways[0] as Running).stop("SIGKILL");
      for (const { received } of clients) {
        const known = new Set(received);
        await eventually(() => [...received].find((bar) => !known.has(bar)));
      }
      for (const server of [...servers.values()].reverse()) {
        if (server !== gateways[0]) expect(await server.stop("SIGTERM")).toMatchObject({ code: 0 });
      }
    },
  );

  test("exports every metric and label that alerts and panels query", async () => {
    const redisUrl = hasRedis ? await startRedis() : undefined;
    const cluster = redisUrl === undefined ? {} : { REDIS_URL_FILE: "redis-url" };
    const server = await start(image, { ...image.env, ...cluster }, redisUrl);
    try {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/v1/ws`);
      await once(socket, "open");
      socket.send('{"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"1"}}');
      await once(socket, "message");
      socket.close();
      await once(socket, "close");
      await fetch(`http://127.0.0.1:${server.port}/api/v1/health`);
      const scrape = async () =>
        readScrape(await (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text());
      let metrics = await scrape();
      // The server receives the close after the client has sent it.
      while (!metrics.get("trading_ws_closes_total")?.has("code")) metrics = await scrape();
      for (const { at, query } of queries()) {
        const used = readQuery(query);
        const known = new Set(PROMETHEUS_LABELS);
        for (const name of used.metrics) {
          if (name === "up" || (!hasRedis && name.includes("_cluster_"))) continue;
          expect([...metrics.keys()], at).toContain(name);
          for (const label of metrics.get(name) ?? []) known.add(label);
        }
        expect([...known], at).toEqual(expect.arrayContaining([...used.labels]));
      }
    } finally {
      await server.stop("SIGTERM");
    }
  });

  test.skipIf(!hasCurl)("serves the troubleshooting guide, whose commands print the documented output", async () => {
    const guide = readFileSync(join(root, "docs/guides/troubleshooting.md"), "utf8");
    const folder = mkdtempSync(join(import.meta.dirname, "..", ".snippets-guide-"));
    const server = await start(image, {
      ...image.env,
      ALLOWED_ORIGINS: "http://localhost:8000",
      TRUSTED_PROXIES: "none",
    });
    try {
      writeFileSync(join(folder, "try.mjs"), inPlace(blocksOf(guide, "js")[0] as string));
      const steps = stepsOf(guide);
      expect(steps.length).toBeGreaterThan(10);
      for (const { command, promised } of steps) {
        expect(await runStep(inPlace(command), folder), command).toMatch(patternOf(inPlace(promised)));
      }
    } finally {
      await server.stop("SIGTERM");
      await rm(folder, { recursive: true });
    }

    /** Replaces the ports by those of this server. Nothing listens on port 1. */
    function inPlace(text: string): string {
      return text
        .replaceAll("localhost:8000", `localhost:${server.port}`)
        .replaceAll("localhost:9464", `localhost:${server.metricsPort}`)
        .replaceAll("127.0.0.1:8001", "127.0.0.1:1");
    }
  });
});
