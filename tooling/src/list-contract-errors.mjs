import { register } from "node:module";

/**
 * From now on a route with parameters off the contract is noted instead of thrown, so that one run tells all of them: the
 * error that `defineRoute` throws would end the import of whatever defines the routes after it. Call it before anything
 * imports `@trading/topic`, and serve nothing afterwards.
 *
 * @param {URL} contract the built `contract.js` of `@trading/topic`
 * @returns {{ route: string, offences: { path: string, problem: string }[] }[]} grows as routes are defined
 */
export function listContractErrors(contract) {
  const errors = [];
  globalThis[LIST] = errors;
  register(`data:text/javascript,${encodeURIComponent(hooks(contract.href))}`);
  return errors;
}

const LIST = Symbol.for("trading.contract-errors");

/** The source of a loader that puts its own `fieldsOf` in front of the contract's. */
function hooks(href) {
  const inFront = `
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
      ? { format: "module", shortCircuit: true, source: ${JSON.stringify(inFront)} }
      : next(url, context);`;
}
