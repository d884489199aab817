import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Application, Converter, ReflectionKind } from "typedoc";

/**
 * Writes the API reference as pages of the site, one for each public entry of a package, so that the site's search finds what they
 * export.
 *
 * @param {string} root the repository
 * @param {readonly import("../../src/api-reports/entries.mjs").Entry[]} entries
 * @param {string} to the folder `api` of the pages; replaced
 * @returns {Promise<import("./pages.mjs").Page[]>}
 */
export async function writeApiPages(root, entries, to) {
  const options = {
    plugin: ["typedoc-plugin-markdown"],
    tsconfig: join(root, "tooling/site/tsconfig.json"),
    entryPoints: entries.map(({ source }) => join(root, source)),
    out: to,
    readme: "none",
    disableSources: true,
    // `npm run check -- types` checks them.
    skipErrorChecking: true,
    excludeInternal: true,
    excludePrivate: true,
    logLevel: "Error",
    sanitizeComments: true,
    groupOrder: ["Functions", "Classes", "Variables", "Interfaces", "Type Aliases", "*"],
    outputFileStrategy: "modules",
    entryFileName: "index",
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    classPropertiesFormat: "table",
    typeDeclarationFormat: "table",
    typeAliasPropertiesFormat: "table",
    tableColumnSettings: { hideInherited: true, hideModifiers: true, hideOverrides: true, hideSources: true },
    pageTitleTemplates: {
      index: "API reference",
      module: (/** @type {{ name: string }} */ { name }) => `@trading/${name}`,
    },
  };
  // The plugin adds options to those that typedoc declares.
  const app = await Application.bootstrapWithPlugins(/** @type {object} */ (options));
  const names = new Map(entries.map(({ name, source }) => [moduleOf(source), name.replace("@trading/", "")]));
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
      // A parameter that the function destructures has no name.
      const isProps = parameter.isParameter() && parameter.type?.toString().endsWith("Props");
      if (parameter.name === "__namedParameters") parameter.name = isProps ? "props" : "options";
    }
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      module.name = names.get(module.name) ?? module.name;
    }
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("typedoc cannot read the sources: see its messages above.");
  await app.generateOutputs(project);
  const pages = entries.map(({ name }) => `${name.replace("@trading/", "")}.md`);
  const missing = pages.filter((page) => !existsSync(join(to, page)));
  // typedoc ignores files outside of the TypeScript project.
  if (missing.length > 0)
    throw new Error(`typedoc wrote no page for ${missing.join(", ")}: is it in site/tsconfig.json?`);
  return pages.map((page) => ({ path: `api/${page}`, text: readFileSync(join(to, page), "utf8") }));
}

/** Returns typedoc's name for the module of a file. @param {string} source such as `packages/ws-client/src/react/index.ts` */
function moduleOf(source) {
  return source.replace("packages/", "").replace(/(\/index)?\.ts$/, "");
}
