#!/usr/bin/env node
// Committed, so that package managers can link the command before the package is built.
// For a person at a terminal who tries the server, like `npm start` of its repository.
process.env.AUTH_MODE ??= "demo";
process.env.LOG_FORMAT ??= "text";
await import("../dist/main.js");
