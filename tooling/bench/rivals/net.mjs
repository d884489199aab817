import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { messageOf, topicOf } from "../src/workload.mjs";
import { Rooms } from "./rooms.mjs";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Starts a minimal WebSocket server on Node's sockets: it validates nothing and ignores control frames. It encodes each
 * message once; `coalesced` joins the frames of a turn for a socket into one write.
 *
 * @param {{ coalesced: boolean }} options
 */
export async function start({ coalesced }) {
  const rooms = /** @type {Rooms<import("node:net").Socket>} */ (new Rooms());
  /** @type {Map<import("node:net").Socket, Buffer[]>} */
  let pending = new Map();
  const server = createServer({ noDelay: true }, (socket) => {
    let inbox = Buffer.alloc(0);
    let isOpen = false;
    socket.on("data", (data) => {
      inbox = Buffer.concat([inbox, data]);
      if (!isOpen) {
        const end = inbox.indexOf("\r\n\r\n");
        if (end < 0) return;
        socket.write(upgradeResponse(inbox.toString("latin1", 0, end)));
        inbox = inbox.subarray(end + 4);
        isOpen = true;
      }
      inbox = eachFrame(inbox, (text) => socket.write(frameOf(JSON.stringify(rooms.handle(socket, text)))));
    });
    socket.on("close", () => rooms.leave(socket));
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    port,
    publish(symbol, update) {
      const frame = frameOf(JSON.stringify(messageOf(topicOf(symbol), update)));
      for (const socket of rooms.of(symbol)) {
        if (!coalesced) socket.write(frame);
        else if (pending.has(socket)) pending.get(socket)?.push(frame);
        else pending.set(socket, [frame]);
      }
    },
    endTurn() {
      for (const [socket, frames] of pending) socket.write(Buffer.concat(frames));
      pending = new Map();
    },
  };
}

/** Returns the response to an upgrade request. @param {string} request */
function upgradeResponse(request) {
  const key = /^sec-websocket-key: *(.*?)\r?$/im.exec(request)?.[1] ?? "";
  const accept = createHash("sha1")
    .update(key + GUID)
    .digest("base64");
  const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  return `${head}Sec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** Encodes a text frame of at most 65,535 bytes. @param {string} text */
function frameOf(text) {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? [0x81, payload.length] : [0x81, 126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Reads masked frames of at most 65,535 bytes. @param {Buffer} bytes @param {(text: string) => void} onText @returns {Buffer} the incomplete rest */
function eachFrame(bytes, onText) {
  let at = 0;
  while (bytes.length - at >= 8) {
    const short = bytes[at + 1] & 0x7f;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    const mask = at + (short === 126 ? 4 : 2);
    if (bytes.length < mask + 4 + length) break;
    const payload = Buffer.from(bytes.subarray(mask + 4, mask + 4 + length));
    for (let index = 0; index < length; index++) payload[index] ^= bytes[mask + (index & 3)];
    onText(payload.toString());
    at = mask + 4 + length;
  }
  return bytes.subarray(at);
}
