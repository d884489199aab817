export { compact } from "./compact.js";
