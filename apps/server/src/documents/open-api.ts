import { lineLogger, systemClock, systemRandom } from "@trading/ws-server";
import { createApp } from "../app.js";
import { accessByClaims } from "../auth/access.js";
import { demoRest } from "../auth/demo.js";
import { documentedModules } from "./documented-modules.js";

/** Returns the exported OpenAPI document: the reference server in demo mode with every module. */
export async function openApiDocument(): Promise<object> {
  const signing = { secret: "unused: no tokens are signed", algorithm: "HS256", issuer: "", audience: "" } as const;
  const app = await createApp({
    modules: await documentedModules(),
    access: accessByClaims(() => Promise.reject(new Error("Not available while exporting documents"))),
    authRest: (rest) => demoRest(rest, { signing, clock: systemClock, random: systemRandom }),
    clock: systemClock,
    logger: lineLogger("silent"),
  });
  const document = app.openApi();
  await app.close();
  return document;
}
