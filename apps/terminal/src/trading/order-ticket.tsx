import { usePlaceOrder } from "@trading/ws-client/react";
import type { OrderPreviewResult, OrderType } from "@trading/ws-client/rest";
import { type FormEvent, memo, useEffect, useId, useState } from "react";
import type { Instrument } from "../market/instrument.js";
import { LivePrices, type Prices } from "../market/live-prices.js";
import { useServices } from "../page/services.js";
import { useTimeZone } from "../page/time-zone-provider.js";
import { AmountField } from "./amount-field.js";
import { sentenceOf } from "./confirmation.js";
import { type Draft, orderOf } from "./draft.js";
import { DurationField } from "./duration-field.js";
import { ORDER_TYPES, pricesOf, SIDE } from "./labels.js";
import { NumberField, numberOf } from "./number-field.js";
import { OrderPreview } from "./order-preview.js";
import { ShareButtons } from "./share-buttons.js";
import { SideSwitch } from "./side-switch.js";
import { useRequest } from "./use-request.js";

interface OrderTicketProps {
  readonly symbol: string;
  readonly account: string;
  /** Returns the present prices. A function, so that a new quote does not render the whole ticket. */
  readonly pricesNow: () => Prices | undefined;
  readonly instrument: Instrument;
  readonly draft: Draft;
  readonly onDraft: (change: (before: Draft) => Draft) => void;
}

/** Enters an order, shows its preview, and places it. */
export const OrderTicket = memo(function OrderTicket(props: OrderTicketProps) {
  const { symbol, account, pricesNow, instrument, draft, onDraft } = props;
  const { rest } = useServices();
  const [preview, setPreview] = useState<OrderPreviewResult>();
  const [placed, setPlaced] = useState<string>();
  const previewing = useRequest();
  const placing = usePlaceOrder(account);
  const { clear } = previewing;
  const { reset } = placing;
  const isBusy = previewing.isBusy || placing.status === "pending";
  const error = previewing.error ?? placing.error?.message;
  const zone = useTimeZone();
  const typeId = useId();

  // The preview does not match the changed form.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each of them changes the order
  useEffect(() => {
    setPreview(undefined);
    clear();
    reset();
  }, [draft, symbol, account]);

  const change = (changes: Partial<Draft>) => {
    setPlaced(undefined);
    onDraft((before) => ({ ...before, ...changes }));
  };
  const priceOf = (prices: Prices | undefined) => (draft.side === 1 ? prices?.ask : prices?.bid);
  const selectType = (type: OrderType) => {
    const has = pricesOf(type);
    const price = priceOf(pricesNow());
    const suggested = price === undefined ? "" : instrument.inputText(price);
    change({
      type,
      limitPrice: has.limit ? draft.limitPrice || suggested : draft.limitPrice,
      stopPrice: has.stop ? draft.stopPrice || suggested : draft.stopPrice,
    });
  };

  const review = (event: FormEvent) => {
    event.preventDefault();
    setPlaced(undefined);
    void previewing.run(async (signal) => setPreview(await rest.previewOrder(account, orderOf(symbol, draft), signal)));
  };
  const place = async (confirmId: string | undefined) => {
    const order = { ...orderOf(symbol, draft), ...(confirmId !== undefined && { confirmId }) };
    // The same order after a lost reply keeps its idempotency key, so a second click places no second order.
    const { status } = await placing.run(order);
    if (status !== "done") return;
    setPreview(undefined);
    setPlaced(`${SIDE[draft.side]} order for ${draft.qty} ${symbol} placed`);
  };

  const has = pricesOf(draft.type);
  const limit = has.limit ? numberOf(draft.limitPrice) : undefined;
  const expectedAt = (prices: Prices | undefined) => limit ?? (has.stop ? numberOf(draft.stopPrice) : priceOf(prices));
  const setQty = (qty: string) => change({ qty });
  return (
    <section className="panel ticket" aria-label="Order ticket">
      <form onSubmit={review}>
        <LivePrices symbol={symbol}>
          {(prices) => (
            <SideSwitch
              value={draft.side}
              bid={prices && instrument.formatPrice(prices.bid)}
              ask={prices && instrument.formatPrice(prices.ask)}
              onChange={(side) => change({ side })}
            />
          )}
        </LivePrices>
        <div className="fields">
          <div className="field">
            <label htmlFor={typeId}>Type</label>
            <select
              id={typeId}
              value={draft.type}
              onChange={({ target }) => selectType(Number(target.value) as OrderType)}
            >
              {ORDER_TYPES.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          <NumberField
            label="Quantity"
            value={draft.qty}
            step={instrument.qtyStep}
            hotkey="quantity"
            onChange={setQty}
          />
          {/* A price that does not apply keeps its place: otherwise the buttons would move when the type changes. */}
          {!has.stop && !has.limit && (
            <div className="field">
              <label htmlFor={`${typeId}-price`}>Price</label>
              <input id={`${typeId}-price`} value="Best available" disabled />
            </div>
          )}
          {has.stop && (
            <NumberField
              label="Stop price"
              value={draft.stopPrice}
              step={instrument.priceStep}
              onChange={(stopPrice) => change({ stopPrice })}
            />
          )}
          {has.limit && (
            <NumberField
              label="Limit price"
              value={draft.limitPrice}
              step={instrument.priceStep}
              onChange={(limitPrice) => change({ limitPrice })}
            />
          )}
          <LivePrices key={symbol} symbol={symbol}>
            {(prices) => (
              <AmountField
                qty={draft.qty}
                price={expectedAt(prices)}
                qtyStep={instrument.qtyStep}
                currency={instrument.currency}
                onQty={setQty}
              />
            )}
          </LivePrices>
          <DurationField draft={draft} onChange={change} />
        </div>
        <LivePrices symbol={symbol}>
          {(prices) => (
            <ShareButtons account={account} price={expectedAt(prices)} qtyStep={instrument.qtyStep} onQty={setQty} />
          )}
        </LivePrices>
        <details>
          <summary>Take profit / stop loss</summary>
          <div className="fields">
            <NumberField
              label="Take profit"
              value={draft.takeProfit}
              step={instrument.priceStep}
              isRequired={false}
              onChange={(takeProfit) => change({ takeProfit })}
            />
            <NumberField
              label="Stop loss"
              value={draft.stopLoss}
              step={instrument.priceStep}
              isRequired={false}
              onChange={(stopLoss) => change({ stopLoss })}
            />
          </div>
        </details>
        {preview && (
          <OrderPreview
            preview={preview}
            sentence={sentenceOf(orderOf(symbol, draft), instrument, zone)}
            side={draft.side}
            isBusy={isBusy}
            onPlace={() => void place(preview.confirmId)}
            onBack={() => setPreview(undefined)}
          />
        )}
        <button type="submit" className={`primary ${draft.side === 1 ? "buy" : "sell"}`} disabled={isBusy}>
          Review {SIDE[draft.side].toLowerCase()} order
        </button>
      </form>
      <div className="ticket-result">
        {error !== undefined && (
          <p className="form-error" role="alert">
            {error}
          </p>
        )}
        <p className="form-done" role="status">
          {placed}
        </p>
      </div>
    </section>
  );
});
