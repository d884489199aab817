/** The default of the option `validationShare` in the builds for the condition `production`. */
export const VALIDATION_SHARE = 0;
