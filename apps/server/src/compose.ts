import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { type Clock, compactCodec, type Logger, type Random, systemClock, systemRandom } from "@trading/ws-server";
import { ClusterPubSub } from "@trading/ws-server/cluster";
import { type PrometheusMetrics, prometheusMetrics } from "@trading/ws-server/metrics";
import { collectDefaultMetrics } from "prom-client";
import { AdminActs, type AdminParts } from "./admin/admin-acts.js";
import { createAdminApi } from "./admin/admin-api.js";
import { AdminTokens, parseAdminTokens } from "./admin/admin-tokens.js";
import { RevocationFile } from "./admin/revocation-file.js";
import { SharedRevocations } from "./admin/shared-revocations.js";
import { StreamControl } from "./admin/stream-control.js";
import { type App, createApp, VERSION } from "./app.js";
import { demoRest } from "./auth/demo.js";
import { type Auth, createAuth } from "./auth/from-env.js";
import { tokenRulesOf } from "./auth/token-rules.js";
import { type BusServices, createBus } from "./cluster/create-bus.js";
import { PeerRequests } from "./cluster/peer-requests.js";
import { Peers, serverName } from "./cluster/peers.js";
import { TokenConflicts } from "./cluster/token-conflicts.js";
import type { WorkerSettings } from "./cluster/worker-messages.js";
import { createWorkerMonitoring } from "./cluster/worker-monitoring.js";
import { fixedLimitsOf, limitsOf, maxSocketsOf } from "./config/app-limits.js";
import { createDatafeed } from "./config/create-datafeed.js";
import { type Env, EnvError, readFile } from "./config/env.js";
import { isLoopback } from "./config/variables.js";
import { openFileLimit, RAISE_OPEN_FILES } from "./http/open-files.js";
import { leveled } from "./logger.js";
import { Datafeed } from "./modules/datafeed/service.js";
import { ExternalSource } from "./modules/datafeed/sources/external/source.js";
import { createModules } from "./modules/index.js";
import type { ServerModule } from "./modules/module.js";
import { monitoringHandler } from "./monitoring/monitoring-handler.js";
import {
  createMonitoringServer,
  type MonitoringOptions,
  type MonitoringServer,
} from "./monitoring/monitoring-server.js";
import { measureConflicts, measureReadiness } from "./monitoring/readiness-metrics.js";
import { startTelemetry, type Telemetry } from "./monitoring/telemetry.js";

/** The limit of sockets below which a server without MAX_CONNECTIONS warns that it comes from the limit of open files. */
const FEW_SOCKETS = 1_000;

/** Dependencies of the server that the environment does not configure. */
export interface ComposeOptions {
  /** For operators who set the level: one of `createLogger`. */
  readonly logger: Logger;
  /** @default the system clock */
  readonly clock?: Clock;
  /** @default the system's random source */
  readonly random?: Random;
  /** The settings of this worker, if the server is one of several of a primary. */
  readonly worker?: WorkerSettings | undefined;
}

/** A server that does not listen yet. */
export interface ComposedServer {
  readonly app: App;
  /** Undefined if AUTH_MODE is not set. */
  readonly auth: Auth | undefined;
  readonly adminTokens: AdminTokens;
  readonly datafeed: Datafeed;
  /** Undefined if METRICS_PORT is not set. */
  readonly monitoring: MonitoringServer | undefined;
  /** Undefined if OTEL_EXPORTER_OTLP_ENDPOINT is not set. */
  readonly telemetry: Telemetry | undefined;
  /** This process as a node of a cluster; undefined if it is alone. */
  readonly cluster: ClusterPubSub | undefined;
  /** The other servers of the cluster; undefined if this one is alone. */
  readonly peers: Peers | undefined;
}

/**
 * Creates the server that the environment variables describe.
 *
 * @throws EnvError, or RecordingError if the recording cannot be played
 */
export async function compose(
  env: Env,
  { logger, clock = systemClock, random = systemRandom, worker }: ComposeOptions,
): Promise<ComposedServer> {
  checkOpenFiles(env, logger);
  const external =
    env.DATAFEED === "external" ? new ExternalSource(env.EXTERNAL_SYMBOLS, clock, env.EXTERNAL_TIMEZONE) : undefined;
  const datafeed = external ? new Datafeed(external, logger, clock) : createDatafeed(env, clock, logger);
  const auth = createAuth(env, env.DATA_DIR, clock, logger);
  // What is wrong with the settings of operators is reported before the stores are opened.
  const admin = adminOf(env, logger, external);
  const cluster = createCluster(env, worker, { clock, random, logger });
  const peers = cluster && new Peers(cluster, serverName(env.PORT, worker?.number));
  let modules: readonly ServerModule[] = [];
  try {
    modules = await createModules(env.ENABLED_MODULES, {
      env,
      datafeed,
      clock,
      random,
      logger,
      dataDirectory: env.DATA_DIR,
      cluster,
    });
    return await connect(env, { auth, datafeed, modules, admin, cluster, peers, worker }, { logger, clock, random });
  } catch (error) {
    // The stores have timers, locks and connections.
    await Promise.all(modules.map((module) => module.close()));
    await cluster?.close();
    throw error;
  }
}

/** Connects the parts to the app and the listener of the metrics. */
async function connect(
  env: Env,
  {
    auth,
    datafeed,
    modules,
    admin,
    cluster,
    peers,
    worker,
  }: Pick<ComposedServer, "auth" | "datafeed" | "cluster" | "peers"> & {
    readonly modules: readonly ServerModule[];
    readonly admin: AdminSettings;
    readonly worker: WorkerSettings | undefined;
  },
  { logger, clock, random }: BusServices,
): Promise<ComposedServer> {
  assertAuthConfigured(modules, auth);
  const demo = auth?.demo;
  const metrics = env.METRICS_PORT === "" ? undefined : prometheusMetrics();
  if (metrics !== undefined) collectDefaultMetrics({ register: metrics.register });
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const telemetry = endpoint === "" ? undefined : await startTelemetry(endpoint, VERSION);
  const limits = limitsOf(env);
  const app = await createApp({
    modules,
    clock,
    logger,
    access: auth?.access,
    authRest: demo && ((rest) => demoRest(rest, { signing: demo, clock, random })),
    allowedOrigins: env.ALLOWED_ORIGINS.length === 0 ? undefined : env.ALLOWED_ORIGINS,
    localPages: demo !== undefined,
    allowedHosts: hostsOf(env, env.HOST),
    trustedProxies: proxiesOf(env),
    tls: tlsOf(env),
    metrics,
    observers: telemetry && [telemetry.observer],
    observeRequests: telemetry?.traceRequests,
    ...limits,
    streaming: {
      ...fixedLimitsOf(env),
      ...limits.streaming,
      ...(env.COMPACT_UPDATES === "on" && { codec: compactCodec() }),
      ...(cluster !== undefined && { pubSub: cluster }),
    },
  });
  if (cluster !== undefined) metrics?.watchCluster(cluster);
  const { tokens: adminTokens, file, ...parts } = admin;
  // A server of a cluster refuses what is revoked on the others, also if it has no operators.
  const isSharing = peers !== undefined && cluster !== undefined;
  const revocations =
    adminTokens.isEmpty && !isSharing ? undefined : new SharedRevocations({ stream: app.stream, file, clock });
  const requests = isSharing ? new PeerRequests(peers, cluster.requests, clock) : undefined;
  // The primary of workers asks each of them, unless Redis connects them with others.
  const others = env.REDIS_URL === "" ? undefined : requests;
  const control = revocations && new StreamControl({ stream: app.stream, revocations, logger, others });
  const acts =
    adminTokens.isEmpty || control === undefined
      ? undefined
      : new AdminActs({ stream: app.stream, modules, control, ...parts });
  if (control !== undefined && requests !== undefined) {
    requests.handle((request) => control.handle(request));
    peers?.onLook((all) => control.synchronize(all, requests));
  }
  const handleAdmin = acts && (await createAdminApi({ acts, tokens: adminTokens, clock, logger, version: VERSION }));
  const allowedHosts = hostsOf(env, env.METRICS_HOST);
  const conflicts = peers && watchTokens(peers, env, auth, { logger, revocations });
  if (conflicts !== undefined && metrics !== undefined) measureConflicts(conflicts, metrics.register);
  const options = { logger, allowedHosts, admin: handleAdmin, clusterProblem: conflicts && (() => conflicts.problem) };
  const monitoring = metrics && monitoringOf(app, metrics, options, worker);
  return { app, auth, adminTokens, datafeed, monitoring, telemetry, cluster, peers };
}

/** Publishes which tokens this server accepts, and compares those that the others accept. */
function watchTokens(
  peers: Peers,
  env: Env,
  auth: Auth | undefined,
  { logger, revocations }: { readonly logger: Logger; readonly revocations: SharedRevocations | undefined },
): TokenConflicts {
  const salt = env.REDIS_KEY_PREFIX;
  const tokens = () => auth?.tokenRules(salt) ?? tokenRulesOf({ mode: "none" }, salt);
  const conflicts = new TokenConflicts(tokens, logger);
  peers.onLook((all) => conflicts.compare(all));
  peers.start({ tokens, revocations: () => revocations?.digest ?? "" });
  return conflicts;
}

/** Creates the listener for operators, or for the primary if this is one of its workers. */
function monitoringOf(
  app: App,
  metrics: PrometheusMetrics,
  options: MonitoringOptions,
  worker: WorkerSettings | undefined,
): MonitoringServer {
  if (worker?.monitoring === undefined) return createMonitoringServer(app, metrics, options);
  measureReadiness(app, metrics.register);
  const settings = { ...worker.monitoring, worker: worker.number };
  return createWorkerMonitoring(monitoringHandler(app, metrics, options), metrics, settings);
}

/** Makes this process a node of a cluster, if it is one. */
function createCluster(env: Env, worker: WorkerSettings | undefined, services: BusServices): ClusterPubSub | undefined {
  const bus = createBus(env, worker, services);
  return (
    bus &&
    new ClusterPubSub({
      bus,
      ownsTopics: env.RUN_SOURCES === "on",
      maxRetainedBytesPerTopic: env.MAX_RETAINED_BYTES_PER_TOPIC,
      ...services,
    })
  );
}

/** Closes what is left of a server when its app is closed. */
export async function closeOthers({ cluster, datafeed, monitoring, telemetry }: ComposedServer): Promise<void> {
  // The topics have ended, and their claims are released.
  await cluster?.close();
  await datafeed.close();
  await monitoring?.close();
  await telemetry?.close();
}

/** The parts of the operators' endpoints that the settings determine. */
interface AdminSettings extends Omit<AdminParts, "stream" | "modules" | "control"> {
  readonly tokens: AdminTokens;
  /** The stored revocations. */
  readonly file: RevocationFile;
}

/** @throws EnvError for invalid tokens, or for stored revocations that cannot be read */
function adminOf(env: Env, logger: Logger, feed: ExternalSource | undefined): AdminSettings {
  if (env.ADMIN_TOKEN !== "" && env.METRICS_PORT === "") {
    const why = "ADMIN_TOKEN needs it, because the operators' endpoints are on that port";
    throw new EnvError("METRICS_PORT", `METRICS_PORT is not set: ${why}.`);
  }
  const tokens = new AdminTokens(parseAdminTokens(env.ADMIN_TOKEN));
  const file = new RevocationFile(join(env.DATA_DIR, "revocations.json"));
  if (!tokens.isEmpty || env.REDIS_URL !== "") file.read();
  return { tokens, file, feed, logger: leveled(logger) };
}

/** Warns if the limit of open files permits fewer sockets than the server should accept. */
export function checkOpenFiles(env: Env, logger: Logger, openFiles = openFileLimit()): void {
  const wanted = Number(env.MAX_CONNECTIONS);
  const fit = maxSocketsOf(env, openFiles);
  if (fit === 0 || fit >= (wanted || FEW_SOCKETS)) return;
  logger.warn(
    `This process can open ${openFiles} files (EMFILE above that), so the server accepts ${fit} sockets: ${RAISE_OPEN_FILES}`,
    { ...(wanted > 0 && { MAX_CONNECTIONS: wanted }) },
  );
}

/**
 * Checks that authorization is configured if any module has private routes.
 *
 * @throws EnvError
 */
export function assertAuthConfigured(modules: readonly ServerModule[], auth: Pick<Auth, "access"> | undefined): void {
  if (auth !== undefined) return;
  const isPrivate = ({ streams: { routes, operations = [] } }: ServerModule) =>
    [...routes.map(({ route }) => route), ...operations.map(({ operation }) => operation)].some(
      ({ access }) => access === "private",
    );
  const privateModules = modules.filter(isPrivate).map(({ name }) => name);
  if (privateModules.length === 0) return;
  const others = modules.map(({ name }) => name).filter((name) => !privateModules.includes(name));
  throw new EnvError(
    "AUTH_MODE",
    `AUTH_MODE is not set, but the module ${privateModules.join(", ")} needs it: set AUTH_MODE=demo to try it on this machine, ` +
      `AUTH_MODE=jwt with a JWT_SECRET to serve others, or disable the module with ENABLED_MODULES=${others.join(",")}.`,
  );
}

/**
 * Returns the host names that a listener serves, in addition to loopback names; undefined for any. A listener on a loopback
 * address has no others, unless a proxy forwards the public name.
 */
export function hostsOf(
  { ALLOWED_HOSTS: hosts, ALLOWED_ORIGINS: origins }: Env,
  address: string,
): string[] | undefined {
  if (hosts.length === 0 && !isLoopback(address)) return undefined;
  return [...hosts, ...origins.filter((origin) => URL.canParse(origin)).map((origin) => new URL(origin).hostname)];
}

function proxiesOf({ TRUSTED_PROXIES: given }: Env): readonly string[] | undefined {
  if (given.length === 0) return undefined;
  return given.filter((proxy) => proxy !== "none");
}

/**
 * Reads the TLS certificate and key.
 *
 * @throws EnvError if they cannot be read or do not match
 */
export function tlsOf({ TLS_CERT_FILE, TLS_KEY_FILE }: Env) {
  if (TLS_CERT_FILE === "") return undefined;
  const cert = readFile("TLS_CERT_FILE", TLS_CERT_FILE);
  const key = readFile("TLS_KEY_FILE", TLS_KEY_FILE);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const files = `TLS_CERT_FILE is ${JSON.stringify(TLS_CERT_FILE)} and TLS_KEY_FILE is ${JSON.stringify(TLS_KEY_FILE)}`;
    const message = `${files}: expected a certificate and its private key, both PEM (${(error as Error).message}).`;
    throw new EnvError("TLS_CERT_FILE", message);
  }
  return { cert, key };
}
