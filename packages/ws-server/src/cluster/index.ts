export type { Bus, BusListener, BusNode, Claim, NodeRole } from "./bus.js";
export { ClusterPubSub, type ClusterPubSubOptions, type ClusterStats } from "./cluster-pub-sub.js";
export { IpcBus, type IpcBusOptions } from "./ipc-bus.js";
export { IpcHub, type IpcHubOptions } from "./ipc-hub.js";
export { MemoryBus } from "./memory-bus.js";
export { MemoryHub, type MemoryHubOptions } from "./memory-hub.js";
export type { NodeWatcher } from "./node-watch.js";
export { RequestError, type RequestErrorCode, type RequestHandler, type Requests } from "./requests.js";
export type { ClusterTimings } from "./timings.js";
