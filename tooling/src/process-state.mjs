/** Global names that libraries add when they are loaded. */
const OF_LIBRARIES = /^(__|IS_REACT_ACT_ENVIRONMENT$)/;

/**
 * Returns the values that tests replace, by their names: the globals, the environment variables and the working directory.
 *
 * @returns {Map<string, unknown>}
 */
export function processState() {
  const read = (/** @type {string} */ name) => /** @type {Record<string, unknown>} */ (globalThis)[name];
  const globals = Object.getOwnPropertyNames(globalThis)
    // Node warns when its storage is read. Some getters of a simulated page return a new object each time.
    .filter((name) => !OF_LIBRARIES.test(name) && !name.endsWith("Storage") && Object.is(read(name), read(name)))
    .map((name) => [`globalThis.${name}`, read(name)]);
  const variables = Object.entries(process.env).map(([name, value]) => [`process.env.${name}`, value]);
  return new Map(/** @type {[string, unknown][]} */ ([...globals, ...variables, ["process.cwd()", process.cwd()]]));
}

/**
 * Returns the names of the values that differ between two states.
 *
 * @param {ReturnType<typeof processState>} before
 * @param {ReturnType<typeof processState>} after
 */
export function differences(before, after) {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => !Object.is(before.get(name), after.get(name)));
}
