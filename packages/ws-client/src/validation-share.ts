declare const process: { readonly env: Readonly<Record<string, string | undefined>> };

/** The default of the option `validationShare`. */
export const VALIDATION_SHARE: number = isProduction() ? 0 : 1;

/** Bundlers replace the expression by its value; without a bundler, a browser has no `process`. */
function isProduction(): boolean {
  try {
    return process.env.NODE_ENV === "production";
  } catch {
    return false;
  }
}
