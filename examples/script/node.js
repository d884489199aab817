import { bars } from "@trading/topic/shapes";
import { createClient } from "@trading/ws-client";
import { WebSocket } from "ws"; // only for Node.js before 22

const { SERVER_URL = "http://localhost:8000", SYMBOL = "AAPL", COUNT = "Infinity" } = process.env;
const client = createClient({ url: `${SERVER_URL.replace(/^http/, "ws")}/api/v1/ws`, WebSocket });

let left = Number(COUNT);
for await (const { time, close } of client.stream(bars, { symbol: SYMBOL, resolution: "1" })) {
  console.log(new Date(time).toISOString(), SYMBOL, close);
  left -= 1;
  if (left <= 0) break;
}
client.close();
