import type { Page } from "playwright";

/** Waits until the chart's canvases hold pixels of the candles' own colours. */
export async function waitForCandles(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const style = getComputedStyle(document.documentElement);
    const wanted = ["--up", "--down"].map((name) => Number.parseInt(style.getPropertyValue(name).trim().slice(1), 16));
    return [...document.querySelectorAll<HTMLCanvasElement>(".chart-canvas canvas")].some((canvas) => {
      if (canvas.width === 0 || canvas.height === 0) return false;
      // A copy: the page's own canvas must not be slowed down, nor warned about, by being read.
      const copy = new OffscreenCanvas(canvas.width, canvas.height);
      const context = copy.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      let painted = 0;
      for (let at = 0; at < data.length; at += 4) {
        const color = ((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number);
        if (wanted.includes(color)) painted += 1;
      }
      return painted > 50;
    });
  });
}

/** How many lines are drawn across the chart: rows that are painted much more than those above and below. */
export function countLines(page: Page): Promise<number> {
  return page.evaluate(() => {
    const style = getComputedStyle(document.documentElement);
    const wanted = ["--up", "--down"].map((name) => Number.parseInt(style.getPropertyValue(name).trim().slice(1), 16));
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
        if (wanted.includes(color)) count += 1;
      }
      return count;
    });
    // Dashes paint half of a row.
    return painted.filter((count, y) => count - Math.max(painted[y - 1] ?? 0, painted[y + 1] ?? 0) > width / 4).length;
  });
}
