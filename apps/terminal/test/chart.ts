import type { Page } from "playwright";

/** Reading all pixels in each frame, which is the default, would keep the page busy that is to draw them. */
const POLLING = { polling: 100 } as const;

/** Waits until a canvas of the chart has pixels in the candles' colors. */
export async function waitForCandles(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const style = getComputedStyle(document.documentElement);
      const colors = ["--up", "--down"].map((name) =>
        Number.parseInt(style.getPropertyValue(name).trim().slice(1), 16),
      );
      return [...document.querySelectorAll<HTMLCanvasElement>(".chart-canvas canvas")].some((canvas) => {
        if (canvas.width === 0 || canvas.height === 0) return false;
        // Reads a copy, because reading the page's own canvas slows it down and logs a warning.
        const copy = new OffscreenCanvas(canvas.width, canvas.height);
        const context = copy.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
        context.drawImage(canvas, 0, 0);
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        let painted = 0;
        for (let at = 0; at < data.length; at += 4) {
          const color = ((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number);
          if (colors.includes(color) && ++painted > 50) return true;
        }
        return false;
      });
    },
    undefined,
    POLLING,
  );
}

/** Counts the lines across the chart: pixel rows with many more colored pixels than the rows next to them. */
export function countLines(page: Page): Promise<number> {
  return page.evaluate(() => {
    const style = getComputedStyle(document.documentElement);
    const colors = ["--up", "--down"].map((name) => Number.parseInt(style.getPropertyValue(name).trim().slice(1), 16));
    const canvases = [...document.querySelectorAll<HTMLCanvasElement>(".chart-canvas canvas")];
    const area = ({ width, height }: HTMLCanvasElement) => width * height;
    const { width, height } = canvases.reduce((one, other) => (area(one) > area(other) ? one : other));
    const copy = new OffscreenCanvas(width, height);
    const context = copy.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
    for (const canvas of canvases)
      if (canvas.width === width && canvas.height === height) context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const painted = Array.from({ length: height }, (_, y) => {
      let count = 0;
      for (let at = y * width * 4; at < (y + 1) * width * 4; at += 4) {
        const color = ((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number);
        if (colors.includes(color)) count += 1;
      }
      return count;
    });
    // A dashed line colors half of a row.
    return painted.filter((count, y) => count - Math.max(painted[y - 1] ?? 0, painted[y + 1] ?? 0) > width / 4).length;
  });
}

/** Records the texts that the page draws on its canvases. Call before the page loads. */
export function recordTexts(page: Page): Promise<unknown> {
  return page.addInitScript(() => {
    const drawn: string[] = [];
    Object.assign(window, { drawn });
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
      drawn.push(text);
      fillText.call(this, text, ...rest);
    };
  });
}

/** Returns the distinct texts that the chart draws from now on, until it has drawn both axes. */
export async function drawnTexts(page: Page): Promise<readonly string[]> {
  await page.evaluate(() => (window as unknown as { drawn: string[] }).drawn.splice(0));
  const { x, y, width, height } = (await page.locator(".chart-canvas").boundingBox()) as NonNullable<
    Awaited<ReturnType<ReturnType<Page["locator"]>["boundingBox"]>>
  >;
  await page.mouse.move(x + width / 3, y + height / 2);
  await page.mouse.move(x + width / 2, y + height / 3, { steps: 3 });
  // The pointer draws its own labels only; the axes are drawn with new bars, and when the size changes.
  const size = page.viewportSize() as NonNullable<ReturnType<Page["viewportSize"]>>;
  await page.setViewportSize({ ...size, width: size.width - 40 });
  await page.setViewportSize(size);
  await page.waitForFunction(() => {
    const { drawn } = window as unknown as { drawn: string[] };
    return drawn.some((text) => /^\d\d:\d\d$/.test(text)) && drawn.some((text) => /^[\d,]+\.\d+$/.test(text));
  });
  return page.evaluate(() => [...new Set((window as unknown as { drawn: string[] }).drawn)]);
}
