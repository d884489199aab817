import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { help, parseEnv, readEnvironment } from "../../src/config/env.js";
import { unknownVariables } from "../../src/config/unknown-variables.js";
import { TABLE } from "../../src/config/variables.js";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "env-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe("the environment", () => {
  test("has a default for every variable", () => {
    expect(parseEnv({ PORT: "", PATH: "/bin" })).toEqual({
      PORT: 8000,
      HOST: "127.0.0.1",
      WORKERS: 1,
      WORKER_TIMEOUT_MS: 30_000,
      RUN_SOURCES: "on",
      COMPACT_UPDATES: "off",
      TLS_CERT_FILE: "",
      TLS_KEY_FILE: "",
      ALLOWED_ORIGINS: [],
      ALLOWED_HOSTS: [],
      TRUSTED_PROXIES: [],
      ENABLED_MODULES: ["all"],
      AUTH_MODE: "",
      DEMO_SECRET: "",
      JWT_SECRET: "",
      JWT_SECRET_PREVIOUS: "",
      JWKS_URL: "",
      JWKS_FILE: "",
      JWT_ALGORITHMS: [],
      JWT_ISSUER: "",
      JWT_AUDIENCE: "",
      DATA_DIR: "data",
      DATABASE_URL: "",
      REDIS_URL: "",
      REDIS_KEY_PREFIX: "trading:",
      EVENTS_KEEP_DAYS: 0,
      METRICS_PORT: "",
      METRICS_HOST: "127.0.0.1",
      ADMIN_TOKEN: "",
      MAX_CONNECTIONS: "",
      MAX_CONNECTIONS_PER_ADDRESS: "",
      MAX_NEW_CONNECTIONS_PER_SECOND_PER_ADDRESS: 200,
      MAX_REQUESTS_PER_SECOND_PER_ADDRESS: 100,
      MAX_REQUESTS_PER_SECOND_PER_USER: 50,
      MAX_ORDERS_PER_SECOND_PER_ACCOUNT: 20,
      MAX_SOCKET_REQUESTS_PER_SECOND_PER_CONNECTION: 100,
      MAX_SOCKET_REQUESTS_PER_SECOND_PER_ANONYMOUS_CONNECTION: 50,
      MAX_SOCKET_REQUESTS_PER_SECOND_PER_ADDRESS: 500,
      MAX_SOCKET_REQUESTS_PER_SECOND_PER_USER: 500,
      MAX_SOCKET_REQUEST_BURST_PER_CONNECTION: 1_200,
      MAX_SOCKET_REQUEST_BURST_PER_ANONYMOUS_CONNECTION: 300,
      MAX_SOCKET_REQUEST_BURST_PER_ADDRESS: 3_000,
      MAX_SOCKET_REQUEST_BURST_PER_USER: 6_000,
      HTTP_TIMEOUT_MS: 30_000,
      MAX_TOPICS_PER_CONNECTION: 1_000,
      MAX_TOPICS_PER_ANONYMOUS_CONNECTION: 100,
      MAX_TOPICS_PER_ADDRESS: 1_000,
      MAX_TOPICS_PER_USER: 5_000,
      MAX_LIST_ITEMS_PER_CONNECTION: 10_000,
      MAX_LIST_ITEMS_PER_ANONYMOUS_CONNECTION: 1_000,
      MAX_LIST_ITEMS_PER_ADDRESS: 5_000,
      MAX_LIST_ITEMS_PER_USER: 50_000,
      MAX_TOPIC_CHARACTERS_PER_CONNECTION: 4_194_304,
      MAX_TOPIC_CHARACTERS_PER_ANONYMOUS_CONNECTION: 65_536,
      MAX_TOPIC_CHARACTERS_PER_ADDRESS: 524_288,
      MAX_TOPIC_CHARACTERS_PER_USER: 16_777_216,
      MAX_SUBSCRIBED_BYTES_PER_CONNECTION: 134_217_728,
      MAX_SUBSCRIBED_BYTES_PER_ANONYMOUS_CONNECTION: 16_777_216,
      MAX_SUBSCRIBED_BYTES_PER_ADDRESS: 67_108_864,
      MAX_SUBSCRIBED_BYTES_PER_USER: 268_435_456,
      MAX_TOPICS: 100_000,
      MAX_RETAINED_BYTES: 536_870_912,
      MAX_RETAINED_BYTES_PER_TOPIC: 16_777_216,
      TOPIC_START_TIMEOUT_MS: 2_500,
      TOPIC_LINGER_MS: 30_000,
      MAX_BUFFERED_BYTES: 1_048_576,
      MAX_FRAME_BYTES: 65_536,
      MAX_TOPIC_LENGTH: 16_384,
      MAX_ERRORS_PER_CONNECTION: 16,
      HEARTBEAT_INTERVAL_MS: 30_000,
      MAX_CONNECTION_LIFESPAN_MS: 3_600_000,
      DRAIN_MS: 0,
      DRAIN_DELAY_MS: 0,
      DATAFEED: "simulated",
      EXTERNAL_SYMBOLS: [],
      EXTERNAL_TIMEZONE: "Etc/UTC",
      SIMULATED_SEED: "1",
      REPLAY_FILE: "",
      REPLAY_SYMBOL: "",
      REPLAY_PRICE_STEP: "",
      REPLAY_TIMEZONE: "Etc/UTC",
      REPLAY_BARS_PER_SECOND: 4,
      REPLAY_STARTS_AT: "",
      REPLAY_AT_END: "stop",
      OTEL_EXPORTER_OTLP_ENDPOINT: "",
      ENV_FILE: "",
      LOG_FORMAT: "json",
      LOG_LEVEL: "info",
    });
  });

  test.each([
    [{ PORT: "80a" }, 'Invalid PORT "80a": expected a whole number from 0 (any free port) to 65535.'],
    [{ PORT: "65536" }, 'Invalid PORT "65536": expected a whole number from 0 (any free port) to 65535.'],
    [{ PORT: "-1" }, 'Invalid PORT "-1": expected a whole number'],
    [{ HOST: "a b" }, 'Invalid HOST "a b": expected a host name or an IP address'],
    [{ DATAFEED: "live" }, 'Invalid DATAFEED "live": expected simulated, replay or external.'],
    [{ REPLAY_BARS_PER_SECOND: "0" }, 'Invalid REPLAY_BARS_PER_SECOND "0": expected a number from 0.001 to 100000.'],
    [{ REPLAY_BARS_PER_SECOND: "1e3" }, 'Invalid REPLAY_BARS_PER_SECOND "1e3": expected a number'],
    [
      { REPLAY_TIMEZONE: "Mars/Olympus" },
      'Invalid REPLAY_TIMEZONE "Mars/Olympus": expected an IANA time zone, such as',
    ],
    [{ REPLAY_TIMEZONE: "+01:00" }, 'Invalid REPLAY_TIMEZONE "+01:00": expected an IANA time zone'],
    [{ REPLAY_STARTS_AT: "2026-01-05T09:30" }, 'Invalid REPLAY_STARTS_AT "2026-01-05T09:30": expected a date and time'],
    [
      { DATAFEED: "replay", REDIS_URL: "redis://127.0.0.1" },
      "REPLAY_STARTS_AT is not set: REDIS_URL needs it with DATAFEED=replay",
    ],
    [{ REPLAY_AT_END: "repeat" }, 'Invalid REPLAY_AT_END "repeat": expected stop or loop.'],
    [{ LOG_LEVEL: "loud" }, 'Invalid LOG_LEVEL "loud": expected debug, info, warn, error or silent.'],
    [{ AUTH_MODE: "none" }, 'Invalid AUTH_MODE "none": expected demo or jwt.'],
    [
      { AUTH_MODE: "demo", HOST: "0.0.0.0" },
      'Invalid HOST "0.0.0.0": AUTH_MODE=demo gives anyone a token for any account',
    ],
    [{ AUTH_MODE: "demo", HOST: "127.0.0.1.example.com" }, 'Invalid HOST "127.0.0.1.example.com": AUTH_MODE=demo'],
    [{ AUTH_MODE: "demo", HOST: "::" }, 'Invalid HOST "::": AUTH_MODE=demo'],
    [
      { MAX_SOCKET_REQUEST_BURST_PER_USER: "0" },
      'Invalid MAX_SOCKET_REQUEST_BURST_PER_USER "0": expected a whole number from 1 to 2147483647.',
    ],
    [
      { MAX_SUBSCRIBED_BYTES_PER_CONNECTION: "16M" },
      'Invalid MAX_SUBSCRIBED_BYTES_PER_CONNECTION "16M": expected a whole number from 0 to 2147483647; 0 means no limit.',
    ],
    [{ METRICS_PORT: "-1" }, 'Invalid METRICS_PORT "-1": expected a whole number from 0 (any free port) to 65535.'],
    [{ TLS_CERT_FILE: "a.pem" }, "TLS_KEY_FILE is not set: TLS_CERT_FILE needs it, set both or neither."],
    [{ TLS_KEY_FILE: "a.pem" }, "TLS_CERT_FILE is not set: TLS_KEY_FILE needs it"],
    [
      { EXTERNAL_SYMBOLS: "ES=0" },
      'Invalid EXTERNAL_SYMBOLS "ES=0": expected a comma-separated list of different symbols',
    ],
    [{ EXTERNAL_SYMBOLS: "ES=tick" }, 'Invalid EXTERNAL_SYMBOLS "ES=tick": expected'],
    [{ EXTERNAL_SYMBOLS: "ES=0.25/" }, 'Invalid EXTERNAL_SYMBOLS "ES=0.25/": expected'],
    [{ EXTERNAL_SYMBOLS: "A=0.00001/0.0001" }, 'Invalid EXTERNAL_SYMBOLS "A=0.00001/0.0001": expected'],
    [{ EXTERNAL_SYMBOLS: "A,A=0.25" }, 'Invalid EXTERNAL_SYMBOLS "A,A=0.25": expected'],
    [
      { EXTERNAL_SYMBOLS: "A".repeat(65) },
      "expected a comma-separated list of different symbols of at most 64 characters",
    ],
    [{ REPLAY_PRICE_STEP: "0" }, 'Invalid REPLAY_PRICE_STEP "0": expected a number above 0 with at most 8 decimals'],
    [{ REPLAY_PRICE_STEP: "0.000000001" }, 'Invalid REPLAY_PRICE_STEP "0.000000001": expected a number above 0'],
    [{ DATAFEED: "external" }, "EXTERNAL_SYMBOLS is not set: DATAFEED=external needs it"],
    [{ RUN_SOURCES: "off" }, "REDIS_URL is not set: RUN_SOURCES=off needs it, because other servers"],
    [{ DRAIN_MS: "10s" }, 'Invalid DRAIN_MS "10s": expected a whole number of milliseconds from 0 to 3600000.'],
    [{ JWT_SECRET: "x", JWT_SECRET_FILE: "y" }, "JWT_SECRET and JWT_SECRET_FILE are both set: set only one of them."],
    [{ JWT_SECRET_FILE: "gone" }, 'Cannot read the file "gone" that JWT_SECRET_FILE names: ENOENT'],
    [{ JWT_SECRET: "s".repeat(4_097) }, "Invalid JWT_SECRET (4097 characters): expected a string of at least 32 bytes"],
  ])("%j is rejected with the variable, the value and what is expected", (env, message) => {
    expect(() => parseEnv(env)).toThrow(message);
  });

  test("reads a secret from a file, as containers provide secrets", () => {
    const JWT_SECRET_FILE = join(folder(), "secret");
    writeFileSync(JWT_SECRET_FILE, "sesame\n");
    expect(parseEnv({ JWT_SECRET_FILE }).JWT_SECRET).toBe("sesame");
    expect(parseEnv({ JWT_SECRET_FILE, JWT_SECRET: "" }).JWT_SECRET).toBe("sesame");
  });

  test.each(["127.0.0.1", "127.1.2.3", "::1", "localhost"])("allows demo mode to listen on %s", (HOST) => {
    expect(parseEnv({ AUTH_MODE: "demo", HOST }).HOST).toBe(HOST);
  });

  test("reads the steps of the external feed's instruments", () => {
    const EXTERNAL_SYMBOLS = "ACME, EURUSD=0.00001,NASDAQ:ES=0.25,BTCUSD=0.01/0.0001,JPY=5/100";
    expect(parseEnv({ EXTERNAL_SYMBOLS }).EXTERNAL_SYMBOLS).toEqual([
      { symbol: "ACME", priceStep: 0.01, qtyStep: 1 },
      { symbol: "EURUSD", priceStep: 0.000_01, qtyStep: 1 },
      { symbol: "NASDAQ:ES", priceStep: 0.25, qtyStep: 1 },
      { symbol: "BTCUSD", priceStep: 0.01, qtyStep: 0.0001 },
      { symbol: "JPY", priceStep: 5, qtyStep: 100 },
    ]);
  });

  test("splits lists at commas and trims spaces", () => {
    expect(parseEnv({ ALLOWED_ORIGINS: " https://a.example, http://b.example ,," }).ALLOWED_ORIGINS).toEqual([
      "https://a.example",
      "http://b.example",
    ]);
  });

  test("documents each variable in --help and in the README", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8").replace(/ +/g, " ");
    for (const [name, variable] of TABLE) {
      expect(help()).toContain(`  ${name}\n`);
      expect(help()).toContain(variable.expected);
      const byDefault = variable.default === "" ? "not set" : `\`${variable.default}\``;
      expect(readme).toContain(`| \`${name}\` | ${byDefault} | ${variable.description}: ${variable.expected} |`);
    }
  });

  test.each(["", " ", ",", " , "])("refuses a list without items: %j", (value) => {
    const lists = [
      "ALLOWED_ORIGINS",
      "ALLOWED_HOSTS",
      "TRUSTED_PROXIES",
      "ENABLED_MODULES",
      "JWT_ALGORITHMS",
      "EXTERNAL_SYMBOLS",
    ];
    for (const name of lists) {
      expect(() => parseEnv({ [name]: value }), name).toThrow(
        `Invalid ${name} ${JSON.stringify(value)}: the list is empty. Expected `,
      );
    }
  });

  test("contains the variables of ENV_FILE, unless the process has them", () => {
    const file = join(folder(), "settings.env");
    writeFileSync(
      file,
      '# local\nPORT=9000\nALLOWED_ORIGINS="https://a.example, https://b.example"\nLOG_LEVEL=debug\n',
    );
    expect(parseEnv({ ENV_FILE: file, LOG_LEVEL: "warn" })).toMatchObject({
      PORT: 9_000,
      ALLOWED_ORIGINS: ["https://a.example", "https://b.example"],
      LOG_LEVEL: "warn",
    });
    expect(() => parseEnv({ ENV_FILE: `${file}.gone` })).toThrow('settings.env.gone" that ENV_FILE names: ENOENT');
    expect(readEnvironment({ ENV_FILE: file, PORT: "1" })).toMatchObject({ PORT: "1", LOG_LEVEL: "debug" });
  });

  test.each([
    ["MAX_CONECTIONS", "MAX_CONNECTIONS"],
    ["ALLOWED_ORIGIN", "ALLOWED_ORIGINS"],
    ["JWT_SECERT_FILE", "JWT_SECRET_FILE"],
    ["LOGLEVEL", "LOG_LEVEL"],
    ["DATA_DRI", "DATA_DIR"],
    ["port", "PORT"],
    ["TLS_CERT", "TLS_CERT_FILE"],
    ["JWKS_URI", "JWKS_URL"],
  ])("takes %s for a misspelled %s", (name, nearest) => {
    expect(unknownVariables({ [name]: "x" })).toEqual([{ name, nearest }]);
  });

  test("does not take the variables of other programs for its own", () => {
    const others =
      "HOME HOSTNAME LOGNAME PATH PWD USER TERM LANG SHELL NODE_ENV NODE_OPTIONS npm_config_loglevel SSL_CERT_FILE CI TZ _";
    const cluster =
      "KUBERNETES_SERVICE_HOST TRADING_SERVER_PORT_8000_TCP POSTGRES_PASSWORD OTEL_SERVICE_NAME http_proxy";
    const given = Object.fromEntries(
      `${others} ${cluster} ${[...TABLE.keys()].join(" ")}`.split(" ").map((name) => [name, "x"]),
    );
    expect(unknownVariables(given)).toEqual([]);
  });
});
