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
    // Whatever is not ours is taken from node_modules, as the product does.
    external: [/^(?!@trading\/)[a-z@]/],
    noExternal: [/^@trading\//],
    esbuildOptions(options) {
      options.conditions = ["@trading/source"];
    },
  });
  return `${outDir}/main.js`;
}

/** The server in a process of its own. */
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

  /** @param dataDirectory what it goes on from, and where it keeps what it does */
  static async start(main: string, dataDirectory: string): Promise<ServerProcess> {
    const settings = { PORT: "0", AUTH_MODE: "demo", DATA_DIR: dataDirectory, LOG_LEVEL: "warn" };
    const child = spawn(process.execPath, [main], { env: settings, cwd: root });
    let said = "";
    const port = await new Promise<string>((resolve, reject) => {
      const hear = (text: string) => {
        said += text;
        const address = said.match(/http:\/\/[^/:]+:(\d+)/);
        if (address) resolve(address[1] as string);
      };
      child.stdout.setEncoding("utf8").on("data", hear);
      child.stderr.setEncoding("utf8").on("data", hear);
      child.once("exit", () => reject(new Error(`The server did not start: ${said}`)));
    });
    return new ServerProcess(child, `http://127.0.0.1:${port}/api/v1`);
  }

  /** Ends it where it stands, which it cannot prevent. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
