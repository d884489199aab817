import { TITLE, VERSION } from "../app.js";
import { documentedModules } from "./documented-modules.js";

const modules = await documentedModules();
await Promise.all(modules.map((module) => module.close()));

/**
 * The service that the exported AsyncAPI documents describe: the reference server with every module. Nothing is
 * started.
 */
export const service = {
  title: TITLE,
  version: VERSION,
  path: "/api/v1/ws",
  modules: modules.map(({ streams }) => streams),
};
