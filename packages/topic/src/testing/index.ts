export { ManualClock } from "./manual-clock.js";
export { waitUntilIdle } from "./wait-until-idle.js";
