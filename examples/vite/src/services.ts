import { createClient } from "@trading/ws-client";
import { createRest } from "@trading/ws-client/rest";

// In a module without components, so that hot reload keeps the connection.
export const client = createClient({ url: "/api/v1/ws" });
export const rest = createRest({ baseUrl: "/api/v1" });
