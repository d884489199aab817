import { type Attack, BARS, ORDERS, TRADES, topicOf } from "./hostile-run.js";

const nested = `${"[".repeat(8_000)}${"]".repeat(8_000)}`;
const long = "x".repeat(900_000);
/** An object that cannot be converted to a text or a number. */
const UNREADABLE = { toString: 0, valueOf: 0 };
/** The code of a close that asks the client to reconnect now. */
const NOW = [1012, 4201, 4202, 4203] as const;

/** The actions of a hostile server in each virtual millisecond, by name. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  "announces in every frame that the token expires": (server, socket) => {
    server.serve(socket);
    for (let times = 0; times < 10; times++) socket.say({ type: "auth.expiring", payload: { expiresInMs: 0 } });
  },

  "names another user with every login": (server, socket) => {
    server.welcome(socket);
    server.replies(socket, (frame) => {
      const subject = `user ${server.turn}`;
      if (frame.type === "auth.login") {
        socket.say({ type: "auth.login.response", payload: { status: "ok", subject }, id: frame.id });
      } else socket.confirm(frame, topicOf(frame), { epoch: "e", offset: 1 });
    });
    socket.say({ type: "auth.expiring", payload: { expiresInMs: 0 } });
  },

  "refuses every login because of another user": (server, socket) => {
    server.welcome(socket);
    server.replies(socket, (frame) => frame.type === "auth.login" && socket.refuse(frame, { code: "subject_changed" }));
  },

  "refuses every token and announces that it expires": (server, socket) => {
    server.welcome(socket);
    server.replies(socket, (frame) => frame.type === "auth.login" && socket.refuse(frame, { code: "unauthorized" }));
    socket.say({ type: "auth.expiring", payload: { expiresInMs: 0 } });
  },

  "skips offsets of a log in every update": (server, socket) => {
    server.serve(socket, { epoch: "e", offset: 1, recovered: false });
    for (let times = 1; times <= 10; times++) {
      socket.update(TRADES, { id: "1", time: 1, price: 1, qty: 1, side: 1 }, (server.turn * 10 + times) * 1_000);
    }
  },

  "confirms every resume of another run": (server, socket) => {
    server.serve(socket, { epoch: `run ${server.turn}`, offset: 1, recovered: false });
    socket.update(TRADES, { id: "1" }, server.turn * 1_000);
    socket.current(TRADES, "e", 1);
  },

  "sends keys without end": (server, socket) => {
    server.serve(socket);
    for (let times = 0; times < 10; times++) {
      const id = `${server.turn}-${times}`;
      socket.update(
        ORDERS,
        { id, symbol: "AAPL", status: "working", text: "x".repeat(200) },
        server.turn * 10 + times + 1,
      );
    }
  },

  "sends large updates with keys without end": (server, socket) => {
    server.serve(socket);
    if (server.turn % 100 === 0) socket.update(ORDERS, { id: server.turn, text: long }, server.turn + 1);
  },

  "sends keys that are objects": (server, socket) => {
    server.serve(socket);
    for (let times = 0; times < 10; times++) {
      socket.update(ORDERS, { id: {}, status: "working" }, server.turn * 10 + times + 1);
    }
  },

  "nests 8,000 deep": (server, socket) => {
    server.serve(socket);
    if (server.turn % 10 > 0) return;
    socket.say(`{"type":"orders.update","payload":{"topic":${JSON.stringify(ORDERS)},"payload":${nested},"offset":9}}`);
    socket.say(`{"type":"orders.update","payload":{"payload":${nested}}}`);
    socket.say(`{"type":"x.response","payload":{},"id":${nested}}`);
    socket.say(`{"type":"error","payload":{"id":${nested}}}`);
    socket.say(`{"type":"trades.subscribe.response","payload":{"status":${nested}},"id":1}`);
    socket.say("[".repeat(100_000));
  },

  "sends values that cannot be converted": (server, socket) => {
    server.serve(socket);
    socket.say({ type: "x.response", id: UNREADABLE, payload: {} });
    socket.say({ type: "error", payload: { id: UNREADABLE, code: UNREADABLE, message: UNREADABLE } });
    socket.say({ type: "server.draining", payload: { reconnectAfterMs: UNREADABLE } });
    socket.update(BARS, { time: UNREADABLE, close: 1 }, server.turn * 2);
    socket.update(BARS, { time: server.turn, close: 1 }, server.turn * 2 + 1);
    socket.update(ORDERS, null, server.turn);
    socket.update(TRADES, UNREADABLE, server.turn);
    socket.say({ type: UNREADABLE, payload: {} });
  },

  "sends invalid frames only": (server, socket) => {
    server.accept(socket);
    for (const frame of [
      "",
      "{",
      "[]",
      "null",
      '{"type":"a.response","payload":{}}',
      '{"type":"error","payload":{}}',
    ]) {
      socket.say(frame);
    }
  },

  "closes each connection for a reconnect now": (server, socket) => {
    if (server.welcome(socket)) return;
    if (!socket.closedByClient) socket.end(NOW[server.turn % NOW.length]);
  },

  "closes each connection before its first frame": (server, socket) => {
    server.accept(socket);
    socket.end(1012);
  },

  "drains each connection": (server, socket) => {
    server.serve(socket);
    if (server.turn % 20 === 0) socket.say({ type: "server.draining", payload: { reconnectAfterMs: 0 } });
  },

  "ends every topic for a retry": (server, socket) => {
    server.serve(socket);
    for (const topic of [TRADES, BARS, ORDERS]) {
      socket.say({ type: "subscription.ended", payload: { topic, code: "unavailable", retryable: true } });
    }
  },

  "refuses every request for a retry": (server, socket) => {
    server.welcome(socket);
    server.replies(socket, (frame) => {
      if (frame.type === "auth.login") {
        socket.say({ type: "auth.login.response", payload: { status: "ok", subject: "ann" }, id: frame.id });
      } else socket.refuse(frame, { code: "unauthorized", retryable: true, topic: topicOf(frame) });
    });
  },

  "requests a heartbeat in each millisecond": (server, socket) => {
    server.welcome(socket, 1);
    server.serve(socket);
  },

  "keeps long texts": (server, socket) => {
    server.welcome(socket);
    server.replies(socket, (frame) => {
      if (frame.type === "auth.login") {
        socket.say({ type: "auth.login.response", payload: { status: "ok", subject: long }, id: frame.id });
      } else if (server.turn % 2 === 0) socket.confirm(frame, topicOf(frame), { epoch: long, offset: 1 });
      else socket.refuse(frame, { code: long, message: long, retryable: true });
    });
    if (server.turn % 500 === 0) socket.say({ type: "error", payload: { code: long, message: long } });
  },

  "closes on every subscribe": (server, socket) => {
    server.accept(socket);
    server.replies(socket, () => socket.end(1003, "No matching type"));
  },
};
