/** Takes the place of `text` in the builds for the condition `production`. @param number of the message in docs/errors.md */
export function text(number: number, ...values: readonly unknown[]): string {
  return `Error ${[number, ...values].join(", ")}: see docs/errors.md in @trading/ws-client`;
}
