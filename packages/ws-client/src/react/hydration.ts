"use client";

export { HydrationBoundary, type HydrationBoundaryProps } from "./hydration-boundary.js";
