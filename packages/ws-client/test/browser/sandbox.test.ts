import { expect, onTestFinished, test } from "vitest";
import { RemoteServer, sandboxedPage } from "./node.js";

test("streams in a sandboxed iframe, and reports once that there is no storage", async () => {
  const server = await RemoteServer.start();
  const iframe = document.createElement("iframe");
  onTestFinished(() => iframe.remove());
  iframe.setAttribute("sandbox", "allow-scripts");
  iframe.srcdoc = `<script>const SERVER_URL = ${JSON.stringify(server.url)};${await sandboxedPage()}</script>`;
  const reported = new Promise<{ readonly price: number; readonly errors: readonly string[] }>((resolve) => {
    const listener = ({ source, data }: MessageEvent) => source === iframe.contentWindow && resolve(data);
    addEventListener("message", listener);
    onTestFinished(() => removeEventListener("message", listener));
  });
  document.body.append(iframe);
  await server.replied(1);
  await server.publish(7);
  const { price, errors } = await reported;
  expect(price).toBe(7);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain("storage_failed: The storage threw: SecurityError");
});
