import type { Bug } from "@trading/tooling/planted-bugs";

/** The planted bugs. Each has to fail a test. */
export const BUGS: readonly Bug[] = [
  {
    name: "accepts a confirmation of another topic than the one built",
    isOrigins: true,
    file: "subscriptions/subscription.ts",
    find: "else if (reply.topic === topic) this.#confirm(reply);",
    replace: "else if (reply.topic !== undefined) this.#confirm(reply);",
  },
  {
    name: "lets a listener that throws stop the others",
    isOrigins: true,
    file: "reporter.ts",
    find: `    try {
      call();
    } catch (cause) {`,
    replace: `    call();
    try {
    } catch (cause) {`,
  },
  {
    name: "reconnects a closed client",
    isOrigins: true,
    file: "connection/connection.ts",
    find: `    this.#release();
    this.#cancelTimer();
    this.#enter({ status: "closed" }, reason);`,
    replace: `    this.#enter({ status: "closed" }, reason);`,
  },
  {
    name: "gives up on an unreachable server",
    isOrigins: true,
    file: "connection/connection.ts",
    find: "++this.#attempts > (maxAttempts || 1 / 0)",
    replace: "++this.#attempts > (maxAttempts || 1)",
  },
  {
    name: "reconnects all clients at the same moment, without jitter",
    isOrigins: true,
    file: "connection/backoff.ts",
    find: "return random() * ",
    replace: "void random;\n  return 1 * ",
  },
  {
    name: "sends nothing to keep a base connection alive",
    isOrigins: true,
    file: "subscriptions/subscriptions.ts",
    find: "    confirmed?.subscribe();\n",
    replace: "",
  },
  {
    name: "does not report a gap",
    isOrigins: true,
    file: "subscriptions/subscription.ts",
    find: "if (isGap) this.#reportGap(snapshot, before);",
    replace: "void isGap;",
  },
  {
    name: "sends frames for a listener that is added and removed within a tick",
    file: "subscriptions/subscriptions.ts",
    find: `    queueMicrotask(() => {
      this.#isFlushScheduled = false;
      this.#flush();
    });`,
    replace: `    this.#isFlushScheduled = false;
    this.#flush();`,
  },
  {
    name: "does not send positions after a reconnect",
    file: "subscriptions/subscription.ts",
    find: "const resume = !this.isConfirmed && this.#position;",
    replace: "const resume = this.isConfirmed && this.#position;",
  },
  {
    name: "delivers updates twice",
    file: "subscriptions/subscription.ts",
    find: "if (distance <= 0) return;",
    replace: "",
  },
  {
    name: "ignores missing updates of a log",
    file: "subscriptions/subscription.ts",
    find: "if (distance > 1 && this.route.key === undefined) {",
    replace: "if (distance < 0) {",
  },
  {
    name: "takes conflation of a keyed topic for missing updates",
    file: "subscriptions/subscription.ts",
    find: "distance > 1 && this.route.key === undefined",
    replace: "distance > 1",
  },
  {
    name: "mixes the states before and after a gap",
    file: "subscriptions/subscription.ts",
    find: "if (snapshot) this.#known.clear();",
    replace: "",
  },
  {
    name: "delivers updates of an earlier subscription of the topic",
    file: "subscriptions/subscription.ts",
    find: 'if (this.#state.name !== "confirmed") return;',
    replace: 'if (this.#state.name === "failed") return;',
  },
  {
    name: "receives from a dropped socket",
    file: "connection/connection.ts",
    find: "this.#phase.socket === socket && this.#events.received(data)",
    replace: "this.#events.received(data)",
  },
  {
    name: "does not take the position of a complete snapshot",
    file: "subscriptions/subscription.ts",
    find: `    this.#position = position;
    this.#enter({ name: "confirmed", status: LIVE`,
    replace: `    this.#enter({ name: "confirmed", status: LIVE`,
  },
  {
    name: "sends private topics before the login",
    file: "client.ts",
    find: "(!isPrivate || login.allowsPrivate)",
    replace: "(!isPrivate || login !== undefined)",
  },
  {
    name: "logs in with a token that was fetched for a lost connection",
    file: "auth/login.ts",
    find: "signal.aborted || this.#fetched(token ?? null)",
    replace: "this.#fetched(token ?? null)",
  },
  {
    name: "shows the token to taps",
    file: "protocol/protocol-handler.ts",
    find: 'type === "auth.login" ? ',
    replace: 'type === "auth.logon" ? ',
  },
  {
    name: "sends a request again after a reconnect",
    file: "requests/application-requests.ts",
    find: "      this.#waiting.delete(request);\n      request.send();",
    replace: "      request.send();",
  },
  {
    name: "sends a request after its time has passed",
    file: "requests/application-requests.ts",
    find: `        fail: (error) => {
          this.#waiting.delete(request);`,
    replace: "        fail: (error) => {",
  },
  {
    name: "drops the connection of a computer that slept",
    file: "connection/heartbeat.ts",
    find: "if (lateMs > this.#halfMs / 2) this.probe();",
    replace: "if (lateMs < 0) this.probe();",
  },
  {
    name: "ignores a drain's hint in the attempts that follow",
    file: "connection/connection.ts",
    find: "willDiffer ? this.#rejections++ : this.#failures++, this.#hintMs)",
    replace: "willDiffer ? this.#rejections++ : this.#failures++)",
  },
  {
    name: "leaves timers running after the client is closed",
    file: "client.ts",
    find: `    stopPageEvents?.();
    heartbeat.stop();`,
    replace: "    stopPageEvents?.();",
  },
];
