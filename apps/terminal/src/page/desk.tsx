import type { Rest } from "@trading/ws-client/rest";
import { createContext, type ReactNode, useContext, useSyncExternalStore } from "react";
import type { Session, SessionState } from "./session.js";

/** What the page's parts trade with. */
export interface Desk {
  readonly rest: Rest;
  readonly session: Session;
}

const DeskContext = createContext<Desk | undefined>(undefined);

export function DeskProvider({ desk, children }: { readonly desk: Desk; readonly children: ReactNode }) {
  return <DeskContext value={desk}>{children}</DeskContext>;
}

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === undefined) throw new Error("No desk: wrap the tree in <DeskProvider>");
  return desk;
}

export function useSession(): SessionState {
  const { session } = useDesk();
  return useSyncExternalStore(session.subscribe, () => session.state);
}
