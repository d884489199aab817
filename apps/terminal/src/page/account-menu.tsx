import { useId } from "react";
import { useDesk, useSession } from "./desk.js";

/** Which account the page trades for; a choice where its token names several. */
export function AccountMenu() {
  const { session } = useDesk();
  const state = useSession();
  const id = useId();
  if (state.status !== "open") return null;
  const { accounts, account } = state;
  return (
    <p className="account-menu">
      <label htmlFor={id}>Account</label>
      {accounts.length > 1 ? (
        <select id={id} value={account} onChange={({ target }) => session.choose(target.value)}>
          {accounts.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      ) : (
        <output id={id}>{account}</output>
      )}
    </p>
  );
}
