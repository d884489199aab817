import { close, continuation, encodeFrame, type FrameShape, fragments, ping, text } from "../rfc6455/frames.js";
import { upgradeRequest } from "../rfc6455/raw-client.js";
import { type Chance, mutate } from "./chance.js";
import { hostileEnvelope, hostilePayload } from "./hostile-json.js";

/** What follows a handshake: some frames, most of them right, and bytes of no sense. */
export function hostileStream(chance: Chance): Buffer {
  const frames = chance.list(1 + chance.int(8), () => hostileFrame(chance));
  const bytes = Buffer.concat(frames);
  return chance.oneIn(6) ? mutate(chance, bytes) : bytes;
}

function hostileFrame(chance: Chance): Buffer {
  const payload = chance.oneIn(3) ? hostileEnvelope(chance) : hostilePayload(chance);
  switch (chance.int(10)) {
    case 0:
      return chance.bytes(1 + chance.int(64));
    case 1:
      return encodeFrame({ opcode: chance.int(16), payload: chance.bytes(chance.int(140)), ...hostileShape(chance) });
    case 2:
      return close(chance.oneIn(2) ? chance.int(65_536) : 1000 + chance.int(16), chance.bytes(chance.int(130)));
    case 3:
      return ping(chance.bytes(chance.int(126)), chance.oneIn(4) ? hostileShape(chance) : {});
    case 4:
      return continuation(payload, { fin: chance.oneIn(2) });
    case 5:
      return text(chance.bytes(chance.int(40)));
    case 6:
      return fragments(cut(chance, payload), chance.oneIn(2) ? ping("?") : undefined);
    default:
      return text(payload, chance.oneIn(8) ? hostileShape(chance) : {});
  }
}

function hostileShape(chance: Chance): Partial<FrameShape> {
  return chance.pick<() => Partial<FrameShape>>([
    () => ({ rsv: chance.int(8) }),
    () => ({ fin: false }),
    () => ({ mask: false }),
    () => ({ mask: chance.bytes(4) }),
    () => ({ lengthBytes: 8 }),
    () => ({ length: BigInt(chance.int(120)), lengthBytes: chance.pick([0, 2, 8]) }),
    () => ({ length: 2n ** BigInt(chance.int(64)), lengthBytes: 8 }),
  ])();
}

/** Bytes in up to six parts, some of them empty. */
export function cut(chance: Chance, bytes: Buffer): Buffer[] {
  const ends = [...chance.list(chance.int(6), () => chance.int(bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const HEADER_VALUES = [
  "",
  "x",
  ", ,",
  "websocket",
  "Upgrade",
  "keep-alive, Upgrade",
  "close",
  "13",
  "8",
  "-1",
  "1e400",
  "bearer.x",
];
const HEADER_NAMES = [
  ...["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol"],
  ...["Sec-WebSocket-Extensions", "Origin", "Cookie", "Authorization", "Content-Length", "Transfer-Encoding", "Expect"],
  ...["X-Forwarded-For", "__proto__", "constructor", "X-Nobody", "Forwarded", "Te"],
];
const METHODS = ["GET", "get", "POST", "HEAD", "OPTIONS", "CONNECT", "PUT", "TRACE", "__proto__", "PRI"];
const TARGETS = [
  ...[
    "/",
    "*",
    "/api/v1/ws/",
    "/api/v1/../v1/ws",
    "//api/v1/ws",
    "http://x.test/api/v1/ws",
    "/api/v1/%77s",
    "/__proto__",
  ],
  ...["/api/v1/ws?protocol=2&protocol=1", "/api/v1/ws?protocol=1e400", "/api/v1/ws?protocol=__proto__", "/api/v1/ws?%"],
  ...[
    "/api/v1/ws?token=x",
    "/api/v1/quotes/ws",
    "/api/v1/__proto__/ws",
    "/api/v1/ws/asyncapi.json",
    "/api/v1/ws#x",
    "/metrics",
  ],
];

/** A request to upgrade, with anything wrong, and what follows it. */
export function hostileUpgrade(chance: Chance): Buffer {
  const value = () => (chance.oneIn(8) ? chance.bytes(chance.int(40)).toString("latin1") : chance.pick(HEADER_VALUES));
  const header = () => [chance.pick(HEADER_NAMES), chance.oneIn(4) ? undefined : chance.list(1 + chance.int(2), value)];
  const headers = Object.fromEntries(chance.list(chance.int(4), header));
  if (chance.oneIn(40)) headers["X-Many"] = Array(chance.int(3_000)).fill("x");
  if (chance.oneIn(40)) headers["X-Long"] = "x".repeat(chance.int(40_000));
  const request = upgradeRequest({
    method: chance.oneIn(6) ? chance.pick(METHODS) : "GET",
    target: chance.oneIn(3) ? chance.pick(TARGETS) : "/api/v1/ws",
    version: chance.oneIn(12) ? chance.pick(["HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "HTTPS/1.1", ""]) : "HTTP/1.1",
    headers,
  });
  const bytes = Buffer.concat([
    Buffer.from(request, "latin1"),
    chance.oneIn(3) ? hostileStream(chance) : Buffer.alloc(0),
  ]);
  return chance.oneIn(3) ? mutate(chance, bytes) : bytes;
}
