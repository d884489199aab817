import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { build } from "tsup";
import config from "../../../../tsup.config.js";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Builds the server from the sources of all its packages. @returns its main file */
export async function buildServer(outDir: string): Promise<string> {
  await build({
    ...config,
    config: false,
    entry: [`${root}src/main.ts`],
    outDir,
    // Third-party packages are loaded from node_modules, as in the published build.
    external: [/^(?!@trading\/)[a-z@]/],
    noExternal: [/^@trading\//],
    esbuildOptions(options) {
      options.conditions = ["@trading/source"];
    },
  });
  return `${outDir}/main.js`;
}

/** The server in a separate process. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** `http://127.0.0.1:…/api/v1` */
  readonly baseUrl: string;

  private constructor(child: ChildProcess, baseUrl: string) {
    this.#child = child;
    this.#exited = once(child, "exit");
    this.baseUrl = baseUrl;
  }

  /** Starts the server. @param dataDirectory the folder of its store */
  static async start(main: string, dataDirectory: string): Promise<ServerProcess> {
    const settings = { PORT: "0", AUTH_MODE: "demo", DATA_DIR: dataDirectory, LOG_LEVEL: "warn" };
    const child = spawn(process.execPath, [main], { env: settings, cwd: root });
    let output = "";
    const port = await new Promise<string>((resolve, reject) => {
      const onOutput = (text: string) => {
        output += text;
        const address = output.match(/http:\/\/[^/:]+:(\d+)/);
        if (address) resolve(address[1] as string);
      };
      child.stdout.setEncoding("utf8").on("data", onOutput);
      child.stderr.setEncoding("utf8").on("data", onOutput);
      child.once("exit", () => reject(new Error(`The server did not start: ${output}`)));
    });
    return new ServerProcess(child, `http://127.0.0.1:${port}/api/v1`);
  }

  /** Kills the process with SIGKILL, and waits until it has exited. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
