/** The address of the server. Next.js writes it into the page when it builds. */
export const SERVER_URL = process.env.NEXT_PUBLIC_SERVER_URL ?? "http://localhost:8000";
