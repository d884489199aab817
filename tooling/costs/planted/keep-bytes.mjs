// A bug for the test of `npm run costs -- --check`, preloaded into the server: a connection keeps 200 bytes for each one that it
// receives, as long as it is open.
import { Server } from "node:net";

const emit = Server.prototype.emit;
Server.prototype.emit = function (event, ...args) {
  if (event === "connection") keepBytes(args[0]);
  return emit.call(this, event, ...args);
};

/** @param {import("node:net").Socket} socket */
function keepBytes(socket) {
  /** @type {Buffer[]} */
  const kept = [];
  const push = socket.push;
  socket.push = function (chunk, ...rest) {
    if (chunk !== null) kept.push(Buffer.alloc(200 * chunk.length));
    return push.call(this, chunk, ...rest);
  };
}
