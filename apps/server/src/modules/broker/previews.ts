import type { z } from "zod";
import { toText } from "./engine/amount.js";
import type { LeveragePreview } from "./engine/leverage.js";
import type { OrderPreview } from "./engine/preview.js";
import type { Refusal } from "./engine/refusal.js";
import type { Amount } from "./engine/rows.js";
import type { leveragePreviewReply, previewReply } from "./rest-schemas.js";

/*
 * Previews as the charting library shows them: in words.
 */

export function orderPreviewView(preview: OrderPreview): z.output<typeof previewReply> {
  const { currency, marginAvailable, refusal } = preview;
  const row = (title: string, amount: Amount | undefined) => ({
    title,
    value: amount === undefined ? "not known yet" : `${toText(amount)} ${currency}`,
  });
  const rows = [
    row("Estimated price", preview.estimatedPrice),
    row("Value", preview.value),
    row("Margin needed", preview.marginNeeded),
    row("Margin available", marginAvailable),
  ];
  return { sections: [{ header: "Order", rows }], ...errorsOf(refusal) };
}

export function leveragePreviewView({
  before,
  after,
  currency,
  refusal,
}: LeveragePreview): z.output<typeof leveragePreviewReply> {
  const info = (title: string, member: "marginUsed" | "marginAvailable") =>
    `${title}: ${toText(after[member])} ${currency}, now ${toText(before[member])}`;
  return {
    infos: [info("Margin used", "marginUsed"), info("Margin available", "marginAvailable")],
    ...errorsOf(refusal),
  };
}

function errorsOf(refusal: Refusal | undefined) {
  return refusal && { errors: [refusal.message] };
}
