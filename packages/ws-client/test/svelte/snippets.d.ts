declare module "virtual:svelte-snippets" {
  import type { Component } from "svelte";

  /** The code blocks of the documents, with the text that each renders. */
  export const snippets: readonly {
    readonly name: string;
    readonly shows: string | null;
    readonly Component: Component;
  }[];
}
