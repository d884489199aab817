// Runs vitest, and kills its process group when the process that forked this one disconnects or ends.

process.once("disconnect", () => process.kill(-process.pid, "SIGKILL"));
// The listener alone would keep this process running after vitest has finished.
process.channel?.unref();
await import("../../../node_modules/vitest/vitest.mjs");
