export {
  account,
  brokerConnection,
  equity,
  executions,
  notifications,
  orders,
  positions,
} from "./broker.js";
export { bars, orderbook, quotes, trades } from "./datafeed.js";
