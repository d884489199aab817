import { type Bar, bars } from "@trading/topic";
import { onTestFinished } from "vitest";
import { createServer, defineModule, type ServerOptions, type StreamServer, serve } from "../../src/index.js";
import { RecordingLogger, ScriptedSource } from "../../src/testing/index.js";
import { AAPL_TOPIC, type BarsParams } from "./data.js";

/** A source of bars that publishes to {@link AAPL_TOPIC} by default. */
export class FakeSource extends ScriptedSource<BarsParams, Bar> {
  override publish(update: Bar, topic = AAPL_TOPIC): boolean {
    return super.publish(update, topic);
  }
}

/** Starts a server with `bars` on a free port. Closes it when the test ends. */
export async function startServer(
  options: Partial<ServerOptions> = {},
): Promise<{ server: StreamServer; source: FakeSource; logger: RecordingLogger; url: string }> {
  const source = new FakeSource();
  const logger = new RecordingLogger();
  const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, source)] })];
  const server = createServer({ title: "Test", version: "1.2.3", modules, logger, lingerMs: 0, ...options });
  onTestFinished(() => server.close());
  const { url } = await server.listen();
  return { server, source, logger, url };
}
