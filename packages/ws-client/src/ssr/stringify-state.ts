import type { DehydratedState } from "./dehydrated.js";

/** Characters that end a script, begin a comment in one, or end a line in older JavaScript. */
const UNSAFE = /[<>&\u2028\u2029]/g;

/**
 * Returns the state as JSON that can stand in a `<script>` element of a page: text such as `</script>` in the data is escaped.
 * Next.js does that itself for the properties of client components.
 */
export function stringifyState(state: DehydratedState): string {
  const present = state.filter((entry) => entry !== undefined);
  return JSON.stringify(present).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
