const PUBLIC_SUBSCRIBE = /^(bars|quotes|orderbook|trades)\.subscribe$/;
const PUBLIC_REPLY = /^(bars|quotes|orderbook|trades)\.subscribe\.response$/;

import type { Page } from "playwright";
import { describe, expect, test } from "vitest";
import { tokenCommand } from "../../server/src/cli/token-command.js";
import { waitForCandles } from "./chart.js";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { eventually } from "./eventually.js";
import { expectRows, TerminalPage } from "./terminal-page.js";

const env = { AUTH_MODE: "jwt", JWT_SECRET: "a secret of the test, of 32 characters or more" };

/** A frame on the WebSocket. */
interface Frame {
  readonly type: string;
  readonly resume?: object;
  readonly payload?: { readonly recovered?: boolean };
}

const tokenOf = (subject: string, account: string) =>
  tokenCommand(["--subject", subject, "--account", account], env).then((token) => token.trim());

async function signIn(page: Page, token: string): Promise<void> {
  const form = page.getByRole("region", { name: "Sign in" });
  await form.getByLabel("Token").fill(token);
  await form.getByRole("button", { name: "Sign in" }).click();
}

describe.skipIf(executablePath === undefined)("signing in, on a server that issues no tokens", () => {
  const browser = useChromium();
  const server = useServer(env);

  test("shows market data without a token, reports a bad token, and opens the accounts of a valid one", async () => {
    const page = await browser.open(server.url, { expectedStatuses: [401] });
    await waitForCandles(page);
    const form = page.getByRole("region", { name: "Sign in" });
    await form.waitFor();
    const error = form.getByRole("alert");

    await signIn(page, "nonsense");
    await eventually(() => error.textContent()).toBe("This token does not contain an account.");
    const forged = await tokenCommand(["--account", "A-1"], { ...env, JWT_SECRET: `another${env.JWT_SECRET}` });
    await signIn(page, forged.trim());
    await error.getByText("The server rejected this token").waitFor();
    await waitForCandles(page);

    const token = await tokenCommand(["--account", "A-1", "--account", "A-2"], env);
    await signIn(page, token.trim());
    const terminal = await new TerminalPage(page).ready();
    await eventually(() => page.getByLabel("Account", { exact: true }).first().inputValue()).toBe("A-1");
    await terminal.place({ quantity: 2 });
    await expectRows(await terminal.rows("Positions"), /^AAPL Long 2 /);
    await page.getByLabel("Account", { exact: true }).first().selectOption("A-2");
    await terminal.account.getByText("No open positions").waitFor();
    await page.reload();
    await new TerminalPage(page).ready();
  });

  test("signs users in and out in place: nothing of one is visible to the next, and public topics go on", async () => {
    const sockets: { readonly sent: Frame[]; readonly received: Frame[] }[] = [];
    const tokens: (string | undefined)[] = [];
    const page = await browser.open(server.url, {
      prepare: async (page) => {
        page.on("websocket", (socket) => {
          const frames = { sent: [] as Frame[], received: [] as Frame[] };
          sockets.push(frames);
          socket.on("framesent", ({ payload }) => frames.sent.push(JSON.parse(String(payload))));
          // A message can be a batch of frames, one a line.
          const framesOf = (message: string) => message.split("\n").map((text) => JSON.parse(text));
          socket.on("framereceived", ({ payload }) => frames.received.push(...framesOf(String(payload))));
        });
        page.on("request", (request) => {
          if (request.url().includes("/api/v1/")) tokens.push(request.headers().authorization);
        });
      },
    });
    await page.evaluate(() => Object.assign(window, { isSamePage: true }));
    await signIn(page, await tokenOf("ann", "ANN-1"));
    const ann = await new TerminalPage(page).ready();
    await ann.place({ type: "Limit", quantity: 3, limitPrice: 1 });
    await expectRows(await ann.rows("Orders"), /^AAPL Buy Limit /);
    await ann.place({ type: "Market", quantity: 7 });
    await expectRows(await ann.rows("Positions"), /^AAPL Long 7 /);
    await ann.ticket.getByLabel("Quantity").fill("77");
    await eventually(() => ann.priceLines()).toHaveLength(2);
    const confirmed = () => sockets[0]?.received.filter(({ type }) => PUBLIC_REPLY.test(type)) ?? [];
    await eventually(() => confirmed().length).toBe(4);
    const annsTokens = new Set(tokens.filter((token) => token !== undefined));
    expect(annsTokens.size).toBe(1);

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("region", { name: "Sign in" }).waitFor();
    tokens.length = 0;
    expect(await ann.ticket.count()).toBe(0);
    expect(await ann.account.count()).toBe(0);
    expect(await page.locator(".notification").count()).toBe(0);
    expect(await page.locator("body").textContent()).not.toContain("ANN-1");
    await eventually(() => ann.priceLines()).toEqual([]);
    expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))).not.toContain("ANN-1");

    // Every public topic continues from its position on the connection without a user.
    await eventually(() => sockets.length).toBe(2);
    const resumed = () => sockets[1]?.sent.filter(({ type }) => PUBLIC_SUBSCRIBE.test(type)) ?? [];
    await eventually(() => resumed().length).toBe(4);
    for (const { resume } of resumed()) expect(resume).toBeDefined();
    const replies = () => sockets[1]?.received.filter(({ payload }) => payload?.recovered !== undefined) ?? [];
    await eventually(() => replies().map(({ payload }) => payload?.recovered)).toEqual([true, true, true, true]);

    await signIn(page, await tokenOf("bob", "BOB-1"));
    const bob = await new TerminalPage(page).ready();
    await bob.account.getByText("No open positions").waitFor();
    await eventually(() => bob.ticket.getByLabel("Quantity").inputValue()).toBe("1");
    await eventually(() => bob.ticket.locator(".form-done").textContent()).toBe("");
    await bob.account.getByRole("tab", { name: "Orders" }).click();
    await bob.account.getByText("No orders").waitFor();
    await bob.account.getByRole("tab", { name: "Executions" }).click();
    await bob.account.getByText("No executions in AAPL").waitFor();
    await eventually(() => bob.valueOf("Balance")).toBe(100_000);
    await eventually(() => bob.priceLines()).toEqual([]);
    expect(await page.locator("body").textContent()).not.toContain("ANN-1");
    expect(tokens.filter((token) => token !== undefined && annsTokens.has(token))).toEqual([]);
    expect(sockets).toHaveLength(2);
    expect(await page.evaluate(() => "isSamePage" in window)).toBe(true);

    await page.getByRole("button", { name: "Sign out" }).click();
    await signIn(page, await tokenOf("ann", "ANN-1"));
    await new TerminalPage(page).ready();
    await expectRows(await ann.rows("Positions"), /^AAPL Long 7 /);
  });

  test("keeps two users in two tabs apart", async () => {
    const first = await browser.open(server.url);
    await signIn(first, await tokenOf("cid", "CID-1"));
    const cid = await new TerminalPage(first).ready();
    const second = await browser.open(server.url, { tabOf: first });
    await signIn(second, await tokenOf("dot", "DOT-1"));
    const dot = await new TerminalPage(second).ready();
    await cid.place({ quantity: 5 });
    await expectRows(await cid.rows("Positions"), /^AAPL Long 5 /);
    await dot.account.getByText("No open positions").waitFor();
    await first.getByRole("button", { name: "Sign out" }).click();
    await first.getByRole("region", { name: "Sign in" }).waitFor();
    await dot.place({ quantity: 2 });
    await expectRows(await dot.rows("Positions"), /^AAPL Long 2 /);
    await second.reload();
    await new TerminalPage(second).ready();
    expect(await second.locator(".account-menu output").textContent()).toBe("DOT-1");
  });
});

describe.skipIf(executablePath === undefined)("signing in, on a server in demo mode", () => {
  const browser = useChromium();
  const server = useServer();

  test("signs out, and in with another demo account", async () => {
    const page = await browser.open(`${server.url}?account=EVE-1`);
    const eve = await new TerminalPage(page).ready();
    await eve.place({ quantity: 4 });
    await expectRows(await eve.rows("Positions"), /^AAPL Long 4 /);
    await page.getByRole("button", { name: "Sign out" }).click();
    const form = page.getByRole("region", { name: "Sign in" });
    await form.getByLabel("Demo account").fill("FAY-1");
    await form.getByRole("button", { name: "Sign in" }).click();
    const fay = await new TerminalPage(page).ready();
    expect(await page.locator(".account-menu output").textContent()).toBe("FAY-1");
    await fay.account.getByText("No open positions").waitFor();
  });
});

describe.skipIf(executablePath === undefined)("the terminal, on a server with only market data", () => {
  const browser = useChromium();
  const server = useServer({ AUTH_MODE: "", ENABLED_MODULES: "datafeed" });

  test("shows the market without a sign-in form", async () => {
    const page = await browser.open(server.url);
    await waitForCandles(page);
    await page
      .getByRole("button", { name: /^Set limit price .* to sell/ })
      .first()
      .waitFor();
    expect(await page.getByRole("region", { name: "Sign in" }).count()).toBe(0);
    expect(await page.getByRole("region", { name: "Order ticket" }).count()).toBe(0);
  });
});
