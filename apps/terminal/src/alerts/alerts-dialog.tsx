import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { quoteValues } from "../market/quotes.js";
import type { SymbolInfo } from "../market/symbol-info.js";
import { useAllQuotes } from "../market/use-all-quotes.js";
import { useInstruments } from "../market/use-instruments.js";
import { useServices } from "../page/services.js";
import { NumberField } from "../trading/number-field.js";
import { AlertList } from "./alert-list.js";
import { type AlertCondition, conditionFor } from "./price-alert.js";
import { chooseNotifications, type NotificationChoice, notificationChoice } from "./system-notifications.js";
import { usePriceAlerts } from "./use-price-alerts.js";

interface AlertsDialogProps {
  readonly symbols: readonly SymbolInfo[];
  /** The symbol of a new alert, which the user can change. */
  readonly symbol: string;
  /** The price of a new alert; undefined for the last price. */
  readonly price: number | undefined;
  readonly onClose: () => void;
}

const CHOICES: Readonly<Record<Exclude<NotificationChoice, "on" | "off">, string>> = {
  denied: "The browser blocks notifications of this page. Its settings can allow them.",
  unsupported: "This browser has no notifications.",
};

/** A dialog that creates, lists and deletes price alerts. */
export function AlertsDialog({ symbols, symbol: initialSymbol, price, onClose }: AlertsDialogProps) {
  const quotes = useAllQuotes();
  const { alerts } = useServices();
  const dialog = useRef<HTMLDialogElement>(null);
  const [symbol, setSymbol] = useState(initialSymbol);
  const [typed, setTyped] = useState<string>();
  const [message, setMessage] = useState<{ readonly text: string; readonly isError: boolean }>();
  const [choice, setChoice] = useState(notificationChoice);
  const id = useId();
  const all = usePriceAlerts();
  const instrumentOf = useInstruments([symbol, ...all.map((alert) => alert.symbol)]);
  const instrument = instrumentOf(symbol);
  useEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);

  const last = quoteValues(quotes.get(symbol))?.lp;
  // The last price when the dialog opened, so that the text does not change while the user reads it.
  const opened = useRef<number>(undefined);
  opened.current ??= price ?? last;
  const text = typed ?? (opened.current === undefined ? "" : instrument.inputText(opened.current));
  const condition = text === "" || last === undefined ? undefined : conditionFor(Number(text), last);
  const create = (event: FormEvent) => {
    event.preventDefault();
    if (last === undefined) {
      setMessage({ text: `${symbol} has no price yet.`, isError: true });
      return;
    }
    const refusal = alerts.add(symbol, Number(text), last);
    setMessage({
      text: refusal ?? `Alert for ${symbol} at ${instrument.formatPrice(Number(text))} created`,
      isError: refusal !== undefined,
    });
  };

  return (
    <dialog ref={dialog} className="editor alerts" aria-label="Price alerts" onCancel={onClose}>
      <form onSubmit={create}>
        <h2>Price alerts</h2>
        <div className="fields">
          <div className="field">
            <label htmlFor={`${id}-symbol`}>Symbol</label>
            <select
              id={`${id}-symbol`}
              value={symbol}
              onChange={({ target }) => {
                opened.current = quoteValues(quotes.get(target.value))?.lp;
                setSymbol(target.value);
                setTyped(undefined);
              }}
            >
              {symbols.map((info) => (
                <option key={info.symbol}>{info.symbol}</option>
              ))}
            </select>
          </div>
          <NumberField
            label="Price"
            value={text}
            step={instrument.priceStep}
            onChange={(value) => {
              setTyped(value);
              setMessage(undefined);
            }}
          />
        </div>
        <p className="hint">
          {last === undefined ? "Waiting for a price." : explanation(instrument.formatPrice(last), condition)}
        </p>
        <button type="submit" className="primary">
          Create alert
        </button>
        <p className={message?.isError ? "form-error" : "form-done"} role="status">
          {message?.text}
        </p>
      </form>
      <AlertList alerts={all} instrumentOf={instrumentOf} onRemove={(removed) => alerts.remove(removed)} />
      <label className="check">
        <input
          type="checkbox"
          checked={choice === "on"}
          disabled={choice === "denied" || choice === "unsupported"}
          onChange={({ target }) => void chooseNotifications(target.checked).then(setChoice)}
        />
        Also show notifications of the system
      </label>
      <p className="hint">
        {choice === "denied" || choice === "unsupported"
          ? CHOICES[choice]
          : "Alerts are stored in this browser, and fire while this page is open."}
      </p>
      <div className="buttons">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </dialog>
  );
}

function explanation(last: string, condition: AlertCondition | undefined): string {
  const effect = condition === undefined ? "Enter another price." : `Notifies once at or ${condition} this price.`;
  return `The last price is ${last}. ${effect}`;
}
