/** The licences that packages in production can have, as SPDX identifiers: they allow use in closed programs. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "PSF-2.0",
  "Python-2.0",
  "Unlicense",
]);

/**
 * Returns the licence of each package, by `name@version`, from the output of `pnpm licenses list --json`.
 *
 * @param {string} json
 * @returns {Map<string, string>}
 */
export function readLicences(json) {
  /** @type {Record<string, { name: string, versions: string[] }[]>} */
  const byLicence = JSON.parse(json);
  return new Map(
    Object.entries(byLicence).flatMap(([licence, packages]) =>
      packages.flatMap(({ name, versions }) =>
        versions.map((version) => /** @type {const} */ ([`${name}@${version}`, licence])),
      ),
    ),
  );
}

/**
 * Returns whether a licence is allowed. Of alternatives (`OR`) one must be, of several that apply (`AND`) all.
 *
 * @param {string} expression an SPDX expression without exceptions
 */
export function isAllowed(expression) {
  const inner = expression.trim().replace(/^\((.*)\)$/, "$1");
  // A nested expression is left to a person.
  if (/[()]/.test(inner)) return false;
  return inner.split(/ OR /i).some((each) => each.split(/ AND /i).every((licence) => ALLOWED.has(licence.trim())));
}
