import { close, continuation, encodeFrame, type FrameShape, fragments, ping, text } from "../rfc6455/frames.js";
import { upgradeRequest } from "../rfc6455/raw-client.js";
import { hostileEnvelope, hostilePayload } from "./hostile-json.js";
import { mutate, type RandomSource } from "./random-source.js";

/** Makes the bytes after a handshake: frames, most of them valid, and random bytes. */
export function hostileStream(random: RandomSource): Buffer {
  const frames = random.list(1 + random.int(8), () => hostileFrame(random));
  const bytes = Buffer.concat(frames);
  return random.oneIn(6) ? mutate(random, bytes) : bytes;
}

function hostileFrame(random: RandomSource): Buffer {
  const payload = random.oneIn(3) ? hostileEnvelope(random) : hostilePayload(random);
  switch (random.int(10)) {
    case 0:
      return random.bytes(1 + random.int(64));
    case 1:
      return encodeFrame({ opcode: random.int(16), payload: random.bytes(random.int(140)), ...hostileShape(random) });
    case 2:
      return close(random.oneIn(2) ? random.int(65_536) : 1000 + random.int(16), random.bytes(random.int(130)));
    case 3:
      return ping(random.bytes(random.int(126)), random.oneIn(4) ? hostileShape(random) : {});
    case 4:
      return continuation(payload, { fin: random.oneIn(2) });
    case 5:
      return text(random.bytes(random.int(40)));
    case 6:
      return fragments(cut(random, payload), random.oneIn(2) ? ping("?") : undefined);
    default:
      return text(payload, random.oneIn(8) ? hostileShape(random) : {});
  }
}

function hostileShape(random: RandomSource): Partial<FrameShape> {
  return random.pick<() => Partial<FrameShape>>([
    () => ({ rsv: random.int(8) }),
    () => ({ fin: false }),
    () => ({ mask: false }),
    () => ({ mask: random.bytes(4) }),
    () => ({ lengthBytes: 8 }),
    () => ({ length: BigInt(random.int(120)), lengthBytes: random.pick([0, 2, 8]) }),
    () => ({ length: 2n ** BigInt(random.int(64)), lengthBytes: 8 }),
  ])();
}

/** Splits bytes into up to six parts, some of them empty. */
export function cut(random: RandomSource, bytes: Buffer): Buffer[] {
  const ends = [...random.list(random.int(6), () => random.int(bytes.length + 1)), bytes.length].sort((a, b) => a - b);
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

/** Makes an upgrade request with random errors, and the bytes after it. */
export function hostileUpgrade(random: RandomSource): Buffer {
  const value = () => (random.oneIn(8) ? random.bytes(random.int(40)).toString("latin1") : random.pick(HEADER_VALUES));
  const header = () => [random.pick(HEADER_NAMES), random.oneIn(4) ? undefined : random.list(1 + random.int(2), value)];
  const headers = Object.fromEntries(random.list(random.int(4), header));
  if (random.oneIn(40)) headers["X-Many"] = Array(random.int(3_000)).fill("x");
  if (random.oneIn(40)) headers["X-Long"] = "x".repeat(random.int(40_000));
  const request = upgradeRequest({
    method: random.oneIn(6) ? random.pick(METHODS) : "GET",
    target: random.oneIn(3) ? random.pick(TARGETS) : "/api/v1/ws",
    version: random.oneIn(12) ? random.pick(["HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "HTTPS/1.1", ""]) : "HTTP/1.1",
    headers,
  });
  const bytes = Buffer.concat([
    Buffer.from(request, "latin1"),
    random.oneIn(3) ? hostileStream(random) : Buffer.alloc(0),
  ]);
  return random.oneIn(3) ? mutate(random, bytes) : bytes;
}
