/** The address of the server. Next.js writes it into the page when it builds. */
const SERVER_URL = process.env.NEXT_PUBLIC_SERVER_URL ?? "http://localhost:8000";

/** Next.js does not pass WebSockets on, so both its server and the page connect to the server itself. */
export const STREAM_URL = `${SERVER_URL.replace(/^http/, "ws")}/api/v1/ws`;
