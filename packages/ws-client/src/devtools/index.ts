export { ClientDevtools, type ClientDevtoolsProps } from "./client-devtools.js";
