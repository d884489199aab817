export { createSharedClient, type SharedClientOptions } from "./create-shared-client.js";
export type { SharedWorkerLike } from "./platform.js";
export { serveTabs } from "./serve-tabs.js";
