import { useCallback, useState } from "react";
import { type Draft, NEW_DRAFT } from "./draft.js";

/** The order ticket's input for the selected symbol, and how to change it. */
export interface DraftState {
  readonly draft: Draft;
  readonly setDraft: (change: (before: Draft) => Draft) => void;
}

/**
 * Keeps the order ticket's input. Each symbol has a separate one, because neither prices nor a quantity of one symbol apply to
 * another; a new one continues with the side and the type.
 *
 * @param signIn the number of the sign-in: the input of the previous user is dropped
 */
export function useDraft(symbol: string, signIn: number | undefined): DraftState {
  const [state, setState] = useState({ symbol, signIn, drafts: new Map([[symbol, NEW_DRAFT]]) });
  const draft = state.drafts.get(symbol) ?? NEW_DRAFT;
  // State derived during rendering, so that the previous user's input is never visible to the next one.
  if (state.signIn !== signIn) setState({ symbol, signIn, drafts: new Map([[symbol, NEW_DRAFT]]) });
  else if (state.symbol !== symbol) {
    const { side, type } = state.drafts.get(state.symbol) ?? NEW_DRAFT;
    const qty = state.drafts.get(symbol)?.qty ?? NEW_DRAFT.qty;
    const drafts = new Map(state.drafts).set(symbol, { ...NEW_DRAFT, side, type, qty });
    setState({ symbol, signIn, drafts });
  }
  const setDraft = useCallback(
    (change: (before: Draft) => Draft) =>
      setState((before) => {
        const current = before.drafts.get(symbol) ?? NEW_DRAFT;
        return { ...before, drafts: new Map(before.drafts).set(symbol, change(current)) };
      }),
    [symbol],
  );
  return { draft, setDraft };
}
