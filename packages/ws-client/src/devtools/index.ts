"use client";

export { ClientDevtools, type ClientDevtoolsProps } from "./client-devtools.js";
