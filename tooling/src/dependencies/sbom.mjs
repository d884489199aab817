import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";

/** @typedef {import("./lockfile.mjs").Package} Package */

/**
 * Returns a bill of materials in the format CycloneDX 1.6: each package with its hash, its licence and what it needs. The
 * same input gives the same text.
 *
 * @param {{ name: string, version: string }} program what the packages are installed with
 * @param {ReadonlyMap<string, Package>} packages by `name@version`
 * @param {ReadonlyMap<string, string>} licences SPDX expressions, by `name@version`
 * @returns {string} JSON
 */
export function toSbom(program, packages, licences) {
  const bom = new Models.Bom();
  const root = new Models.Component(Enums.ComponentType.Application, program.name, {
    version: program.version,
    bomRef: program.name,
  });
  bom.metadata.component = root;
  /** @type {Map<string, Models.Component>} */
  const components = new Map();
  for (const [id, { name, version, integrity, isDirect }] of packages) {
    const [scope, base] = name.startsWith("@") ? name.split("/") : [undefined, name];
    const component = new Models.Component(Enums.ComponentType.Library, /** @type {string} */ (base), {
      group: scope,
      version,
      bomRef: id,
      purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    });
    const hash = /^sha512-(.+)$/.exec(integrity ?? "")?.[1];
    if (hash !== undefined)
      component.hashes.set(Enums.HashAlgorithm["SHA-512"], Buffer.from(hash, "base64").toString("hex"));
    const licence = licences.get(id);
    if (licence !== undefined) component.licenses.add(licenceOf(licence));
    components.set(id, component);
    bom.components.add(component);
    if (isDirect) root.dependencies.add(component.bomRef);
  }
  for (const [id, { dependencies }] of packages) {
    for (const needed of dependencies) {
      const component = components.get(needed);
      if (component !== undefined) components.get(id)?.dependencies.add(component.bomRef);
    }
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return serializer.serialize(bom, { sortLists: true, space: 2 });
}

/** @param {string} expression */
function licenceOf(expression) {
  return / (OR|AND) /i.test(expression) ? new Models.LicenseExpression(expression) : new Models.SpdxLicense(expression);
}
