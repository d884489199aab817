import type { Bug } from "@trading/tooling/planted-bugs";

/** Each has to be caught by a test. */
export const BUGS: readonly Bug[] = [
  {
    name: "a confirmed topic that is not the one built is taken for it",
    isOrigins: true,
    file: "protocol/protocol-handler.ts",
    find: "else if (reply.topic !== topic)",
    replace: "else if (reply.topic === undefined)",
  },
  {
    name: "a listener that throws stops the others",
    isOrigins: true,
    file: "client.ts",
    find: `    try {
      call();
    } catch (cause) {
      this.report(failure(code, what, cause, topic));
    }`,
    replace: "    call();",
  },
  {
    name: "a closed client connects again",
    isOrigins: true,
    file: "connection/connection.ts",
    find: `    this.#release();
    this.#cancel();
    this.#setState("closed", reason);`,
    replace: `    this.#setState("closed", reason);`,
  },
  {
    name: "a server that is away is given up",
    isOrigins: true,
    file: "connection/connection.ts",
    find: "++this.#attempts > (maxAttempts || 1 / 0)",
    replace: "++this.#attempts > (maxAttempts || 1)",
  },
  {
    name: "no jitter: all clients come back at one moment",
    isOrigins: true,
    file: "connection/backoff.ts",
    find: "return random() * ",
    replace: "void random;\n  return 1 * ",
  },
  {
    name: "nothing is ever sent to keep a base connection alive",
    isOrigins: true,
    file: "connection/heartbeat.ts",
    find: 'else if (held) wire.ask("subscribe", held);',
    replace: "",
  },
  {
    name: "a gap is silent",
    isOrigins: true,
    file: "subscriptions/subscription.ts",
    find: "if (isGap) this.#gap(snapshot, before);",
    replace: "void isGap;",
  },
  {
    name: "what comes and goes in a tick reaches the wire",
    file: "subscriptions/subscriptions.ts",
    find: `    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flush();
    });`,
    replace: `    this.#scheduled = false;
    this.#flush();`,
  },
  {
    name: "positions are not sent after a reconnect",
    file: "protocol/protocol-handler.ts",
    find: "isSubscribe && position && !isConfirmed",
    replace: "!isSubscribe && position && !isConfirmed",
  },
  {
    name: "what was seen is handed on again",
    file: "subscriptions/subscription.ts",
    find: 'if (distance <= 0) return "old";',
    replace: "",
  },
  {
    name: "a jump of a log is passed over",
    file: "subscriptions/subscription.ts",
    find: 'return distance > 1 && this.route.key === undefined ? "jump" : "next";',
    replace: 'return "next";',
  },
  {
    name: "a jump of a keyed topic is taken for loss",
    file: "subscriptions/subscription.ts",
    find: "distance > 1 && this.route.key === undefined",
    replace: "distance > 1",
  },
  {
    name: "the state before a gap is mixed with the one after",
    file: "subscriptions/subscription.ts",
    find: "if (snapshot) this.#known.clear();",
    replace: "",
  },
  {
    name: "an update of an earlier hold is taken for one of the next",
    file: "protocol/protocol-handler.ts",
    find: "if (!subscription?.isConfirmed) return;",
    replace: "if (!subscription) return;",
  },
  {
    name: "a socket that was given up still feeds",
    file: "connection/connection.ts",
    find: "this.#socket === socket && this.#events.received(data)",
    replace: "this.#events.received(data)",
  },
  {
    name: "the position of a complete snapshot is not taken",
    file: "subscriptions/subscription.ts",
    find: `    this.position = position;
    this.#phase = "news";`,
    replace: '    this.#phase = "news";',
  },
  {
    name: "private topics do not wait for the login",
    file: "subscriptions/subscriptions.ts",
    find: 'return route.access !== "private" || this.#core.login.isDone;',
    replace: "return route !== undefined;",
  },
  {
    name: "a token fetched for a lost connection logs in to the next",
    file: "auth/login.ts",
    find: `        if (signal.aborted) return;
        this.#token = token ?? null;`,
    replace: "        this.#token = token ?? null;",
  },
  {
    name: "a tap sees the token",
    file: "protocol/protocol-handler.ts",
    find: 'type === "auth.login" ? ',
    replace: 'type === "auth.logon" ? ',
  },
  {
    name: "a command is sent again after a reconnect",
    file: "requests/commands.ts",
    find: "      this.#waiting.delete(command);\n      command.send();",
    replace: "      command.send();",
  },
  {
    name: "a command is sent after its time",
    file: "requests/commands.ts",
    find: `        fail: (error) => {
          this.#waiting.delete(command);`,
    replace: "        fail: (error) => {",
  },
  {
    name: "a computer that slept takes its connection for dead",
    file: "connection/heartbeat.ts",
    find: "if (lateMs > this.#halfMs / 2) this.probe();",
    replace: "if (lateMs < 0) this.probe();",
  },
  {
    name: "a drain's hint is not kept for the attempts after it",
    file: "connection/connection.ts",
    find: "isMended ? this.#rejections++ : this.#failures++, this.#hintMs)",
    replace: "isMended ? this.#rejections++ : this.#failures++)",
  },
  {
    name: "timers outlive the client",
    file: "client.ts",
    find: `    this.#stopPageEvents?.();
    this.heartbeat.stop();`,
    replace: "    this.#stopPageEvents?.();",
  },
];
