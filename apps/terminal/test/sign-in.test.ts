import { describe, expect, test } from "vitest";
import { tokenCommand } from "../../server/src/cli/token-command.js";
import { waitForCandles } from "./chart.js";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { expectRows, TerminalPage } from "./terminal-page.js";

const env = { AUTH_MODE: "jwt", JWT_SECRET: "a secret of the test, of 32 characters or more" };

describe.skipIf(executablePath === undefined)("signing in, on a server that issues no tokens", () => {
  const browser = useChromium();
  const server = useServer(env);

  test("shows market data without a token, reports a bad token, and opens the accounts of a valid one", async () => {
    const page = await browser.open(server.url, { expectedStatuses: [401] });
    await waitForCandles(page);
    const form = page.getByRole("region", { name: "Sign in" });
    await form.waitFor();
    const signIn = async (token: string) => {
      await form.getByLabel("Token").fill(token);
      await form.getByRole("button", { name: "Sign in" }).click();
    };
    const error = form.getByRole("alert");

    await signIn("nonsense");
    expect(await error.textContent()).toBe("This token does not contain an account.");
    const forged = await tokenCommand(["--account", "A-1"], { ...env, JWT_SECRET: `another${env.JWT_SECRET}` });
    await signIn(forged.trim());
    await error.getByText("The server rejected this token").waitFor();
    await waitForCandles(page);

    const token = await tokenCommand(["--account", "A-1", "--account", "A-2"], env);
    await signIn(token.trim());
    const terminal = await new TerminalPage(page).ready();
    expect(await page.getByLabel("Account", { exact: true }).first().inputValue()).toBe("A-1");
    await terminal.place({ quantity: 2 });
    await expectRows(await terminal.rows("Positions"), /^AAPL Long 2 /);
    await page.getByLabel("Account", { exact: true }).first().selectOption("A-2");
    await terminal.account.getByText("No open positions").waitFor();
    await page.reload();
    await new TerminalPage(page).ready();
  });
});

describe.skipIf(executablePath === undefined)("the terminal, on a server with only market data", () => {
  const browser = useChromium();
  const server = useServer({ AUTH_MODE: "", ENABLED_MODULES: "datafeed" });

  test("shows the market without a sign-in form", async () => {
    const page = await browser.open(server.url);
    await waitForCandles(page);
    await page.getByRole("button", { name: "Sell at" }).first().waitFor();
    expect(await page.getByRole("region", { name: "Sign in" }).count()).toBe(0);
    expect(await page.getByRole("region", { name: "Order ticket" }).count()).toBe(0);
  });
});
