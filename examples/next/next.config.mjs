/** @type {import("next").NextConfig} */
export default {
  // It loads an optional native module, which a bundle would replace by an empty one.
  serverExternalPackages: ["ws"],
};
