import { type AdminTokens, parseAdminTokens } from "./admin/admin-tokens.js";
import type { App } from "./app.js";
import type { Auth } from "./auth/from-env.js";
import { tlsOf } from "./compose.js";
import { limitsOf } from "./config/app-limits.js";
import { type Env, type Environment, parseEnv } from "./config/env.js";
import { LIMITS } from "./config/limits.js";
import { TABLE } from "./config/variables.js";
import type { LeveledLogger } from "./logger.js";

/** The parts of a running server whose settings can change. */
export interface LiveParts {
  readonly app: Pick<App, "setLimits" | "setTls">;
  readonly auth: Pick<Auth, "prepare"> | undefined;
  readonly adminTokens: AdminTokens;
  readonly logger: LeveledLogger;
}

type Name = keyof Env;

/** Variables that are applied together. */
interface Group {
  includes(name: Name): boolean;
  /** Returns what applies them. Throws if they are invalid; then nothing has changed. */
  prepare(env: Env): () => void;
}

const TLS_NAMES: readonly Name[] = ["TLS_CERT_FILE", "TLS_KEY_FILE"];

/**
 * The settings of a running server: reads them again, applies those that can change, and logs each variable that has changed.
 * Files are compared by their content.
 */
export class LiveSettings {
  readonly #logger: LeveledLogger;
  readonly #groups: readonly Group[];
  #env: Env;
  /** The settings in use, by variable; for a file, its content. */
  #values: ReadonlyMap<Name, string>;

  constructor(env: Env, { app, auth, adminTokens, logger }: LiveParts) {
    this.#logger = logger;
    this.#env = env;
    this.#values = valuesOf(env);
    const isTls = env.TLS_CERT_FILE !== "";
    this.#groups = [
      // The first one, because only it can fail when it is applied.
      {
        includes: (name) => name in LIMITS && !TABLE.get(name)?.restart,
        prepare: (next) => () => app.setLimits(limitsOf(next)),
      },
      {
        includes: (name) => isTls && TLS_NAMES.includes(name),
        prepare(next) {
          const tls = tlsOf(next);
          // Without a certificate, the port would have to speak another protocol.
          return () => tls && app.setTls(tls);
        },
      },
      {
        includes: (name) => auth !== undefined && /^JW(?:T|KS)_/.test(name),
        prepare: (next) => auth?.prepare(next) ?? (() => {}),
      },
      {
        // Without a token at the start, there are no endpoints.
        includes: (name) => name === "ADMIN_TOKEN" && env.ADMIN_TOKEN !== "",
        prepare(next) {
          const tokens = parseAdminTokens(next.ADMIN_TOKEN);
          return () => adminTokens.replace(tokens);
        },
      },
      {
        includes: (name) => name === "LOG_LEVEL",
        prepare: (next) => () => {
          logger.level = next.LOG_LEVEL;
        },
      },
    ];
  }

  /** Applies the settings of an environment. If any is invalid, all stay as they are. */
  reload(given: Environment): void {
    try {
      this.#apply(parseEnv(given));
    } catch (error) {
      this.#logger.error("The settings were not reloaded: the old ones stay in use", {
        reason: (error as Error).message,
      });
    }
  }

  #apply(env: Env): void {
    const values = valuesOf(env);
    const changed = [...values.keys()].filter((name) => values.get(name) !== this.#values.get(name));
    const groups = this.#groups.filter((group) => changed.some((name) => group.includes(name)));
    const [applicable, others] = partition(changed, (name) => groups.some((group) => group.includes(name)));
    const steps = groups.map((group) => group.prepare(env));
    for (const name of applicable) this.#log(name, env);
    for (const apply of steps) apply();
    this.#logger.info("The settings were reloaded", { changed: applicable.length });
    if (others.length > 0) {
      this.#logger.warn("Some changed variables take effect after a restart only", { variables: others.join(", ") });
    }
    this.#values = new Map(
      [...values].map(([name, value]) => [name, others.includes(name) ? this.#values.get(name)! : value]),
    );
    this.#env = { ...env, ...Object.fromEntries(others.map((name) => [name, this.#env[name]])) };
  }

  #log(variable: Name, env: Env): void {
    const isPrivate = TABLE.get(variable)?.secret || TLS_NAMES.includes(variable);
    this.#logger.info("A setting changes", {
      variable,
      ...(!isPrivate && { from: this.#env[variable], to: env[variable] }),
    });
  }
}

function valuesOf(env: Env): ReadonlyMap<Name, string> {
  const { cert, key } = tlsOf(env) ?? {};
  const files: Partial<Record<Name, string | undefined>> = { TLS_CERT_FILE: cert, TLS_KEY_FILE: key };
  return new Map(
    [...TABLE.keys()].map((name) => [name as Name, files[name as Name] ?? JSON.stringify(env[name as Name])]),
  );
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
