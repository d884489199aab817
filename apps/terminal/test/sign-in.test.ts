import { describe, expect, test } from "vitest";
import { tokenCommand } from "../../server/src/cli/token-command.js";
import { waitForCandles } from "./chart.js";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { DeskPage, expectRows } from "./desk-page.js";

const env = { AUTH_MODE: "jwt", JWT_SECRET: "a secret of the test, of 32 characters or more" };

describe.skipIf(executablePath === undefined)("signing in, in Chromium, where the server issues no tokens", () => {
  const browser = useChromium();
  const server = useServer(env);

  test("market data needs no token; one that is no good is told in words, and a good one opens its accounts", async () => {
    // The bad token is refused.
    const page = await browser.open(server.url, { refusals: [401] });
    await waitForCandles(page);
    const form = page.getByRole("region", { name: "Sign in" });
    await form.waitFor();
    const signIn = async (token: string) => {
      await form.getByLabel("Token").fill(token);
      await form.getByRole("button", { name: "Sign in" }).click();
    };
    const why = form.getByRole("alert");

    await signIn("nonsense");
    expect(await why.textContent()).toBe("This is no token that names an account.");
    const forged = await tokenCommand(["--account", "A-1"], { ...env, JWT_SECRET: `another${env.JWT_SECRET}` });
    await signIn(forged.trim());
    await why.getByText("The server does not take this token").waitFor();
    await waitForCandles(page);

    const token = await tokenCommand(["--account", "A-1", "--account", "A-2"], env);
    await signIn(token.trim());
    const desk = await new DeskPage(page).ready();
    expect(await page.getByLabel("Account", { exact: true }).first().inputValue()).toBe("A-1");
    await desk.place({ quantity: 2 });
    await expectRows(await desk.rows("Positions"), /^AAPL Long 2 /);
    await page.getByLabel("Account", { exact: true }).first().selectOption("A-2");
    await desk.account.getByText("No positions: a filled order opens one.").waitFor();
    await page.reload();
    await new DeskPage(page).ready();
  });
});

describe.skipIf(executablePath === undefined)("in Chromium, where the server has market data alone", () => {
  const browser = useChromium();
  const server = useServer({ AUTH_MODE: "", ENABLED_MODULES: "datafeed" });

  test("the page shows the market, and asks nobody to sign in", async () => {
    const page = await browser.open(server.url);
    await waitForCandles(page);
    await page.getByRole("button", { name: "Sell at" }).first().waitFor();
    expect(await page.getByRole("region", { name: "Sign in" }).count()).toBe(0);
    expect(await page.getByRole("region", { name: "Order ticket" }).count()).toBe(0);
  });
});
