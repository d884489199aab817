// The walls of ARCHITECTURE.md: which folder may import which other folder or library. Type imports count.
const lib = (names) => `(^|/)node_modules/(${names})/`;

/** Files of the contract that run without zod. They may import types from the others. */
const ZOD_FREE =
  "^packages/topic/src/(build-topic-params|check|checked-shapes?|code-point-order|compile-topic|constants|errors|fields|frame-limits|keep|normalize-params|parse-topic-params|quote|retention|shapes?|topic|update-types|testing/[^/]+)\\.ts$";

/** A library that only these files may import. */
function only(names, files) {
  return {
    name: `${names.split("|")[0]}-in-one-place`,
    comment: `${names} may be imported in ${files} only, so that it can be replaced in one place.`,
    severity: "error",
    from: { path: "^(packages|apps)/[^/]+/src/", pathNot: files },
    to: { path: lib(names) },
  };
}

/** Sources of a package that must not import what `to` matches. */
function wall(name, comment, path, to, pathNot) {
  return { name, comment, severity: "error", from: { path, ...(pathNot && { pathNot }) }, to };
}

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    wall("no-cycle", "Files that import each other cannot be understood alone.", "", { circular: true }),
    wall("not-found", "An import that cannot be resolved escapes all other rules.", "^(packages|apps)/[^/]+/src/", {
      couldNotResolve: true,
    }),
    wall("topic-imports-zod-only", "The contract runs anywhere.", "^packages/topic/src/", {
      pathNot: `^packages/topic/src/|${lib("zod")}`,
    }),
    wall("zod-free-imports-zod-free", "The serializer and the shapes are used where zod is too big.", ZOD_FREE, {
      pathNot: ZOD_FREE,
      dependencyTypesNot: ["type-only"],
    }),
    wall(
      "server-imports-topic-only",
      "Server and client know each other by the protocol alone.",
      "^packages/ws-server/src/",
      {
        path: "^packages/(?!topic/|ws-server/)",
      },
    ),
    wall(
      "client-imports-topic-only",
      "Server and client know each other by the protocol alone.",
      "^packages/ws-client/src/",
      {
        path: "^packages/(?!topic/|ws-client/)",
      },
    ),
    wall(
      "codegen-imports-topic-only",
      "The generator writes imports of the client, and needs none.",
      "^packages/codegen/src/",
      {
        path: "^packages/(?!topic/|codegen/)",
      },
    ),
    wall("conformance-imports-topic-only", "The suite judges any implementation.", "^packages/topic-conformance/src/", {
      path: "^packages/(?!topic/|topic-conformance/)",
    }),
    wall(
      "conformance-is-not-imported",
      "Products do not depend on the suite.",
      "^(packages/(?!topic-conformance/)|apps/)[^/]*/?src/",
      {
        path: "^packages/topic-conformance/",
      },
    ),
    wall("packages-import-no-app", "Packages are published, apps are not.", "^packages/", { path: "^apps/" }),
    wall("sources-import-no-test", "Tests are not published.", "^(packages|apps)/[^/]+/src/", { path: "/test/" }),
    wall("client-without-zod", "zod stays out of the client's bundle.", "^packages/ws-client/src/", {
      path: lib("zod"),
    }),
    wall(
      "core-imports-no-entry",
      "An application that does not import an entry must not load it.",
      "^packages/ws-client/src/((auth|connection|protocol|requests|subscriptions)/|[^/]+$)",
      { path: "^packages/ws-client/src/(compact|devtools|react|rest|ssr|stores|svelte|tabs|testing|tradingview|vue)/" },
    ),
    wall(
      "entry-without-framework",
      "What all frameworks share runs without any.",
      "^packages/ws-client/src/(compact|rest|ssr|stores|tabs|testing|tradingview)/",
      { path: "^packages/ws-client/src/(devtools|react|svelte|vue)/" },
    ),
    wall("frameworks-apart", "An application has one framework.", "^packages/ws-client/src/(react|svelte|vue)/", {
      path: "^packages/ws-client/src/(devtools|react|svelte|vue)/",
      pathNot: "^packages/ws-client/src/$1/",
    }),
    wall(
      "legacy-apart",
      "The legacy dialects can be removed with one folder.",
      "^packages/ws-server/src/",
      { path: "^packages/ws-server/src/legacy/" },
      "^packages/ws-server/src/(legacy/|server/endpoints\\.ts$)",
    ),
    wall("broker-imports-no-datafeed", "The broker knows market/ only.", "^apps/server/src/modules/broker/", {
      path: "^apps/server/src/modules/datafeed/",
    }),
    wall("datafeed-imports-no-broker", "The datafeed knows market/ only.", "^apps/server/src/modules/datafeed/", {
      path: "^apps/server/src/modules/broker/",
    }),
    wall(
      "engine-is-pure",
      "The rules of trading depend on no store and no network.",
      "^apps/server/src/modules/broker/engine/",
      {
        path: "^(apps|packages)/",
        pathNot: "^apps/server/src/(modules/broker/engine|market)/|^packages/topic/",
      },
    ),
    only(
      "ws|@types/ws",
      "^packages/ws-server/src/transports/ws\\.ts$|^packages/topic-conformance/src/wire/(peer|scripted-server)\\.ts$",
    ),
    only("redis|@redis", "^packages/ws-server/src/cluster/redis/(connection|sentinel)\\.ts$"),
    only("jose", "^packages/ws-server/src/auth/jwt\\.ts$|^apps/server/src/auth/tokens\\.ts$"),
    only(
      "prom-client",
      "^packages/ws-server/src/observability/(cluster-)?metrics\\.ts$|^apps/server/src/(compose|monitoring/[^/]+-metrics)\\.ts$",
    ),
    only(
      "@opentelemetry",
      "^packages/ws-server/src/observability/open-telemetry\\.ts$|^apps/server/src/monitoring/(http-)?telemetry\\.ts$",
    ),
    only(
      "fastify|@fastify|fastify-type-provider-zod",
      "^apps/server/src/(http/|auth/|monitoring/|page\\.ts$|modules/[^/]+/rest[^/]*\\.ts$)",
    ),
    only(
      "react|react-dom|@types/react|@types/react-dom",
      "^packages/ws-client/src/(react|devtools)/|^apps/terminal/src/",
    ),
    only("vue|@vue", "^packages/ws-client/src/vue/"),
    only("svelte", "^packages/ws-client/src/svelte/"),
    only("pg|libsql|@types/pg", "^apps/server/src/modules/broker/store/"),
    only("papaparse|@types/papaparse", "^apps/server/src/modules/datafeed/sources/replay/csv/rows\\.ts$"),
    only("pino", "^apps/server/src/logger\\.ts$"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/dist/|\\.css$" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@trading/source", "import", "module", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".d.ts"],
    },
  },
};
