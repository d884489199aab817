export { type Generated, type GenerateOptions, generate } from "./generate.js";
export { parse } from "./parse.js";
export { CodegenError, type Problem } from "./problem.js";
