import { parse } from "yaml";

/**
 * A package that a program is installed with.
 *
 * @typedef {object} Package
 * @property {string} name
 * @property {string} version
 * @property {string | undefined} integrity the hash of its archive, such as `sha512-…`; undefined if it has none
 * @property {boolean} isFromRegistry false if it comes from a repository, a folder or another URL
 * @property {boolean} isDirect whether a project of the workspace names it
 * @property {string[]} dependencies names and versions, as `name@version`
 */

/**
 * Returns the packages that projects of the workspace need in production, with all that these need in turn, by
 * `name@version`.
 *
 * @param {string} text the content of pnpm-lock.yaml, version 9
 * @param {readonly string[]} projects their folders, such as `apps/server`
 * @returns {Map<string, Package>}
 * @throws {Error} for a lockfile of another version
 */
export function productionPackages(text, projects) {
  const lockfile = parse(text);
  if (!`${lockfile.lockfileVersion}`.startsWith("9.")) {
    throw new Error(`pnpm-lock.yaml has version ${lockfile.lockfileVersion}: expected 9, adapt ${import.meta.url}`);
  }
  const { importers, packages, snapshots } = lockfile;
  /** @type {Map<string, Package>} */
  const found = new Map();
  const seen = new Set();

  /** @param {string} key of a snapshot: `name@version(peer@version)` @param {boolean} isDirect */
  const visit = (key, isDirect) => {
    const id = withoutPeers(key);
    const known = found.get(id);
    if (known !== undefined && isDirect) known.isDirect = true;
    if (seen.has(key)) return;
    seen.add(key);
    const { resolution = {} } = packages[id] ?? {};
    const at = id.lastIndexOf("@");
    const needed = Object.entries({ ...snapshots[key]?.dependencies, ...snapshots[key]?.optionalDependencies }).map(
      ([name, version]) => keyOf(name, version),
    );
    const entry = known ?? {
      name: id.slice(0, at),
      version: id.slice(at + 1),
      integrity: resolution.integrity,
      isFromRegistry: resolution.tarball === undefined && resolution.type === undefined && "integrity" in resolution,
      isDirect,
      dependencies: [],
    };
    entry.dependencies = [...new Set([...entry.dependencies, ...needed.map(withoutPeers)])].sort();
    found.set(id, entry);
    for (const next of needed) visit(next, false);
  };

  const visited = new Set();
  /** @param {string} project */
  const visitProject = (project) => {
    if (visited.has(project)) return;
    visited.add(project);
    const { dependencies = {}, optionalDependencies = {} } = importers[project] ?? {};
    for (const [name, { version }] of Object.entries({ ...dependencies, ...optionalDependencies })) {
      if (version.startsWith("link:")) visitProject(resolve(project, version.slice("link:".length)));
      else visit(keyOf(name, version), true);
    }
  };
  for (const project of projects) visitProject(project);
  return new Map([...found].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Returns the key of a dependency. The version of an alias contains the package's real name. */
function keyOf(/** @type {string} */ name, /** @type {string} */ version) {
  return /^\d/.test(version) ? `${name}@${version}` : version;
}

function withoutPeers(/** @type {string} */ key) {
  return key.replace(/\(.*$/, "");
}

/** Resolves a relative path of the workspace: `apps/server` and `../../packages/topic` are `packages/topic`. */
function resolve(/** @type {string} */ from, /** @type {string} */ to) {
  return new URL(to, `file:///${from}/`).pathname.replace(/^\/|\/$/g, "");
}
