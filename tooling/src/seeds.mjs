/** The seed of every randomized test, so that a run repeats the values of the one before (docs/decisions/0030-seeds.md). */
const SEED = 20_261_129;

const VARIABLES = [
  "ACCOUNT_SEED",
  "CHAOS_SEED",
  "CLIENT_HOSTILE_SEED",
  "CLIENT_MODEL_SEED",
  "CLUSTER_SEED",
  "CODEGEN_SEED",
  "CRASH_SEED",
  "CROSS_ACCOUNT_SEED",
  "ENGINE_SEED",
  "FUZZ_SEED",
  "HERD_SEED",
  "MODEL_SEED",
  "TOPIC_SEED",
  "WS_SEED",
];

/**
 * Returns the environment variables with the seed of each randomized test, but for those that are set. With `NEW_SEEDS=true` it
 * sets none: each test then draws a new seed and prints it.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Record<string, string>}
 */
export function seedVariables(env) {
  if (env.NEW_SEEDS === "true") return {};
  const unset = VARIABLES.filter((name) => env[name] === undefined);
  return Object.fromEntries(unset.map((name) => [name, String(SEED)]));
}

/** Returns the options with the seed of the tests in Python. @param {NodeJS.ProcessEnv} env */
export function seedOptions(env) {
  return env.NEW_SEEDS === "true" ? [] : ["--seed", String(SEED)];
}

/**
 * A Vite plugin that sets the seed of fast-check, for properties that pass none. It is part of each test's own import, because
 * a setup file would load fast-check for the tests that do not use it too.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {import("vite").Plugin}
 */
export function seededProperties(env) {
  const statement = `\nfc.configureGlobal({ ...fc.readConfigureGlobal(), seed: ${SEED} });\n`;
  return {
    name: "seeded-properties",
    transform(code, id) {
      const isTest = env.NEW_SEEDS !== "true" && !id.includes("/node_modules/") && IMPORT.test(code);
      return isTest ? { code: code + statement, map: null } : undefined;
    },
  };
}

const IMPORT = /^import fc from "fast-check";$/m;
