import { type FormEvent, useId } from "react";
import { useDesk } from "./desk.js";

/** Where the server issues no demo tokens: asks for one that the user has. */
export function SignIn({ why }: { readonly why: string | undefined }) {
  const { session } = useDesk();
  const id = useId();
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    session.signIn(String(new FormData(event.currentTarget).get("token")).trim());
  };
  return (
    <form className="sign-in" onSubmit={onSubmit}>
      <h2>Sign in to trade</h2>
      <p>This server wants a token that names your account. Market data needs none.</p>
      <label htmlFor={id}>Token</label>
      <textarea id={id} name="token" rows={4} required spellCheck={false} autoComplete="off" />
      {why !== undefined && (
        <p className="form-fault" role="alert">
          {why}
        </p>
      )}
      <button type="submit" className="primary">
        Sign in
      </button>
    </form>
  );
}
