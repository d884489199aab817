import { lazy, Suspense } from "react";
import { useSymbols } from "./market/use-symbols.js";
import { Notice } from "./page/notice.js";
import { Skeleton } from "./page/skeleton.js";
import { TopBar } from "./page/top-bar.js";
import { Workspace } from "./workspace.js";

const params = new URLSearchParams(location.search);
// For developers: traders have no use for the topics and frames of the connection.
const Devtools = lazy(async () => ({ default: (await import("@trading/ws-client/devtools")).ClientDevtools }));
const hasDevtools = import.meta.env.DEV || params.has("devtools");

export function App() {
  const { symbols, error } = useSymbols();
  return (
    <div className="page">
      {symbols?.length ? (
        <Workspace symbols={symbols} />
      ) : (
        <>
          <TopBar />
          {error !== undefined || symbols ? (
            <main className="workspace workspace-empty">
              {error !== undefined && <Notice title="Could not load symbols" text={error} />}
              {symbols && <Notice title="No symbols" text="The server's datafeed has no symbols." />}
            </main>
          ) : (
            <Skeleton />
          )}
        </>
      )}
      {hasDevtools && (
        <Suspense>
          <Devtools />
        </Suspense>
      )}
    </div>
  );
}
