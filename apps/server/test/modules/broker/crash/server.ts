import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** The server in a separate process. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** Emits "text" when more has been printed. */
  readonly #printed: EventEmitter;
  /** Returns all that it has printed. */
  readonly output: () => string;
  /** `http://127.0.0.1:…/api/v1` */
  readonly baseUrl: string;

  private constructor(child: ChildProcess, baseUrl: string, output: () => string, printed: EventEmitter) {
    this.output = output;
    this.#child = child;
    this.#printed = printed;
    this.#exited = once(child, "exit");
    this.baseUrl = baseUrl;
  }

  /**
   * Starts the server.
   *
   * @param dataDirectory the folder of its store
   * @param variables further environment variables
   */
  static async start(
    main: string,
    dataDirectory: string,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess> {
    const unlimited = {
      MAX_NEW_CONNECTIONS_PER_SECOND_PER_ADDRESS: "0",
      MAX_REQUESTS_PER_SECOND_PER_ADDRESS: "0",
      MAX_REQUESTS_PER_SECOND_PER_USER: "0",
      MAX_ORDERS_PER_SECOND_PER_ACCOUNT: "0",
    };
    const basics = { PORT: "0", AUTH_MODE: "demo", DATA_DIR: dataDirectory, LOG_LEVEL: "warn", LOG_FORMAT: "text" };
    const settings = { ...basics, ...unlimited, ...variables };
    const child = spawn(process.execPath, [main], { env: settings, cwd: root });
    let output = "";
    const printed = new EventEmitter();
    const port = await new Promise<string>((resolve, reject) => {
      const onOutput = (text: string) => {
        output += text;
        printed.emit("text");
        const address = output.match(/http:\/\/[^/:]+:(\d+)/);
        if (address) resolve(address[1] as string);
      };
      child.stdout.setEncoding("utf8").on("data", onOutput);
      child.stderr.setEncoding("utf8").on("data", onOutput);
      child.once("exit", () => reject(new Error(`The server did not start: ${output}`)));
    });
    return new ServerProcess(child, `http://127.0.0.1:${port}/api/v1`, () => output, printed);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Waits until it has printed a text a number of times. */
  async untilPrinted(text: string, times: number): Promise<void> {
    while (this.output().split(text).length <= times) await once(this.#printed, "text");
  }

  /** Returns the status of its broker: `ready`, `standby` or `unavailable`. */
  async brokerStatus(): Promise<string | undefined> {
    const reply = await fetch(`${this.baseUrl}/health`);
    const { modules } = (await reply.json()) as { modules: readonly { name: string; status: string }[] };
    return modules.find(({ name }) => name === "broker")?.status;
  }

  /** Asks the process to stop, and waits until it has exited. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#exited;
  }

  /** Kills the process with SIGKILL, and waits until it has exited. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
