import { register } from "node:module";

/**
 * Makes `defineRoute` collect its `ContractError`s instead of throwing them, so that one run reports the errors of all
 * routes: a thrown error would end the import of the module that defines them. Call it before the first import of
 * `@trading/topic`, and do not start a server afterwards.
 *
 * @param {URL} contract the built `contract.js` of `@trading/topic`
 * @returns {{ route: string, violations: { path: string, problem: string }[] }[]} the collected errors, added to as routes are defined
 */
export function listContractErrors(contract) {
  const errors = [];
  globalThis[LIST] = errors;
  register(`data:text/javascript,${encodeURIComponent(hooks(contract.href))}`);
  return errors;
}

const LIST = Symbol.for("trading.contract-errors");

/** Returns the source of a loader that wraps the contract's `fieldsOf`. */
function hooks(href) {
  const wrapper = `
    import { ContractError, fieldsOf as real } from "${href}?real";
    export * from "${href}?real";
    export function fieldsOf(route, schema) {
      try {
        return real(route, schema);
      } catch (error) {
        if (!(error instanceof ContractError)) throw error;
        globalThis[Symbol.for("${LIST.description}")].push(error);
        return {};
      }
    }`;
  return `export const load = (url, context, next) =>
    url === ${JSON.stringify(href)}
      ? { format: "module", shortCircuit: true, source: ${JSON.stringify(wrapper)} }
      : next(url, context);`;
}
