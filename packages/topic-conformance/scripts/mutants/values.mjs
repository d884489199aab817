/** @param {string} name @param {string} description @param {string} condition of `value`, for members that are dropped */
const membersDropped = (name, description, condition) => ({
  name,
  description,
  mark: "list-members",
  edit: {
    replace: /** @type {const} */ (["key)])", `key)]).filter(([, value]) => isArray || !(${condition}))`]),
  },
});

/** @param {number} limit */
const cutAt = (limit) => ({
  name: `arrays-cut-at-${limit}`,
  description: `cuts arrays to ${limit.toLocaleString("en-US")} elements`,
  mark: "list-members",
  edit: { replace: /** @type {const} */ (["keys.map(", `(isArray ? keys.slice(0, ${limit}) : keys).map(`]) },
});

/** @param {string} name @param {string} description @param {string} condition */
const nullAsNull = (name, description, condition) => ({
  name,
  description,
  mark: "null",
  edit: { replace: /** @type {const} */ (["'\"\"'", `${condition} ? "null" : '""'`]) },
});

/** Wrong treatment of containers, null and booleans. @type {readonly import("./mutant.mjs").DescribedMutant[]} */
export const VALUES = [
  {
    name: "index-keys-as-list",
    description: "writes an object with the keys 0, 1, 2 as a list, like PHP",
    mark: "read-float",
    edit: {
      with: "const float = Float.valueOf(container);\n    if (float === undefined && !Array.isArray(container) && this.open.length < MAX_DEPTH && Object.getPrototypeOf(container) === Object.prototype && Object.keys(container).length > 0 && Object.keys(container).every((key, index) => key === String(index))) return this.writeContainer(Object.values(container));",
    },
  },
  {
    name: "index-keys-from-two-as-list",
    description: "writes an object with at least two keys 0, 1 as a list",
    mark: "read-float",
    edit: {
      with: "const float = Float.valueOf(container);\n    if (float === undefined && !Array.isArray(container) && this.open.length < MAX_DEPTH && Object.getPrototypeOf(container) === Object.prototype && Object.keys(container).length > 1 && Object.keys(container).every((key, index) => key === String(index))) return this.writeContainer(Object.values(container));",
    },
  },
  cutAt(100),
  cutAt(1000),
  cutAt(4096),
  cutAt(10000),
  membersDropped("false-dropped", "drops members that are false", "value === false"),
  membersDropped("zero-dropped", "drops members that are 0", "value === 0"),
  membersDropped("empty-strings-dropped", "drops members that are empty strings", 'value === ""'),
  membersDropped("null-members-dropped", "drops members that are null", "value === null"),
  membersDropped(
    "empty-arrays-dropped",
    "drops members that are empty arrays",
    "Array.isArray(value) && value.length === 0",
  ),
  nullAsNull("null-at-depth-9", "writes null as null in the ninth nested container", "this.open.length === 9"),
  nullAsNull("null-at-depth-33", "writes null as null in the 33rd nested container", "this.open.length === 33"),
  nullAsNull("null-at-depth-63", "writes null as null in the 63rd nested container", "this.open.length === 63"),
  nullAsNull(
    "null-in-arrays-below-depth-4",
    "writes null as null in arrays from the fifth level",
    "this.open.length > 4 && Array.isArray(this.open.at(-1))",
  ),
  {
    name: "booleans-as-integers",
    description: "writes 1 for true and 0 for false",
    mark: "boolean",
    edit: { replace: ["String(value)", "String(Number(value))"] },
  },
  {
    name: "capitalized-booleans",
    description: "writes True and False, like str of Python",
    mark: "boolean",
    edit: { replace: ["String(value)", '(value ? "True" : "False")'] },
  },
  {
    name: "length-exclusive",
    description: "refuses a text of exactly 16,777,216 characters",
    mark: "check-length",
    edit: { replace: [">", ">="] },
  },
  {
    name: "length-plus-one",
    description: "accepts a text of 16,777,217 characters",
    mark: "check-length",
    edit: { replace: ["> MAX_LENGTH", "> MAX_LENGTH + 1"] },
  },
];
