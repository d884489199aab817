import { useId } from "react";
import { useServices, useSession } from "./services.js";

/** Shows the account, or a menu if the token allows several, and signs out. */
export function AccountMenu() {
  const { session } = useServices();
  const state = useSession();
  const id = useId();
  if (state.status !== "signed-in") return null;
  const { accounts, account } = state;
  return (
    <div className="account-menu">
      <label htmlFor={id}>Account</label>
      {accounts.length > 1 ? (
        <select id={id} value={account} onChange={({ target }) => session.selectAccount(target.value)}>
          {accounts.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      ) : (
        <output id={id}>{account}</output>
      )}
      <button type="button" onClick={() => session.signOut()}>
        Sign out
      </button>
    </div>
  );
}
