import { trades } from "@trading/topic/shapes";
import { createClient, sessionTopics } from "../../src/index.js";

// The page of a sandboxed iframe, in which every access to sessionStorage throws. It reports to the page around it.

declare const SERVER_URL: string;

const errors: string[] = [];
const client = createClient({
  url: SERVER_URL,
  storage: sessionTopics(),
  onError: ({ code, message }) => errors.push(`${code}: ${message}`),
});
client.subscribe(trades, { symbol: "AAPL" }, ({ price }) => {
  client.close();
  parent.postMessage({ price, errors }, "*");
});
