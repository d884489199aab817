import { type FormEvent, useId } from "react";
import { useServices } from "./services.js";

/** Asks for a token on a server that issues none. */
export function SignIn({ error }: { readonly error: string | undefined }) {
  const { session } = useServices();
  const id = useId();
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    session.signIn(String(new FormData(event.currentTarget).get("token")).trim());
  };
  return (
    <form className="sign-in" onSubmit={onSubmit}>
      <h2>Sign in to trade</h2>
      <p>Trading requires a token for your account. Market data is available without one.</p>
      <label htmlFor={id}>Token</label>
      <textarea id={id} name="token" rows={4} required spellCheck={false} autoComplete="off" />
      {error !== undefined && (
        <p className="form-error" role="alert">
          {error}
        </p>
      )}
      <button type="submit" className="primary">
        Sign in
      </button>
    </form>
  );
}
