import { type FormEvent, useId } from "react";
import { useServices } from "./services.js";

interface SignInProps {
  readonly error: string | undefined;
  /** Whether the user has to enter a token. Otherwise the server issues one for an account. */
  readonly needsToken: boolean;
}

/** The sign-in form of a visitor. */
export function SignIn({ error, needsToken }: SignInProps) {
  const { session } = useServices();
  const id = useId();
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const input = String(new FormData(event.currentTarget).get("input")).trim();
    if (needsToken) session.signIn(input);
    else session.signInDemo(input === "" ? undefined : input);
  };
  return (
    <form className="sign-in" onSubmit={onSubmit}>
      <h2>Sign in to trade</h2>
      <p>
        {needsToken
          ? "Trading requires a token for your account. Market data is available without one."
          : "This server has demo accounts. Market data is available without one."}
      </p>
      <label htmlFor={id}>{needsToken ? "Token" : "Demo account"}</label>
      {needsToken ? (
        <textarea id={id} name="input" rows={4} required spellCheck={false} autoComplete="off" />
      ) : (
        <input id={id} name="input" placeholder="Any name, or empty for a new one" maxLength={64} autoComplete="off" />
      )}
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
