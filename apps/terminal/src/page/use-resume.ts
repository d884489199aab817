import { useClient } from "@trading/ws-client/react";
import { useEffect, useState } from "react";

/** Replies to what is asked for again come within so long. */
const COUNT_MS = 1_000;
const SHOWN_MS = 8_000;

/** What became of the topics after a lost connection, in words; gone after a while. */
export function useResume(): string | undefined {
  const client = useClient();
  const [note, setNote] = useState<string>();
  useEffect(() => {
    let lostAt: number | undefined;
    let wasConnected = false;
    let resumed = 0;
    let anew = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = (awayMs: number) => {
      const loaded = anew > 0 ? `, ${anew} loaded anew` : ", nothing missed";
      setNote(`Back after ${(awayMs / 1000).toFixed(1)} s: ${resumed} topics resumed${loaded}`);
      timer = setTimeout(() => setNote(undefined), SHOWN_MS);
    };
    const stop = client.tap((event) => {
      if (event.kind === "state") {
        const isConnected = event.state.status === "connected";
        if (wasConnected && !isConnected) lostAt = performance.now();
        if (!wasConnected && isConnected && lostAt !== undefined) {
          const awayMs = performance.now() - lostAt;
          resumed = anew = 0;
          clearTimeout(timer);
          timer = setTimeout(() => tell(awayMs), COUNT_MS);
        }
        wasConnected = isConnected;
      } else if (event.kind === "received" && event.frame.includes('"recovered":')) {
        if (event.frame.includes('"recovered":true')) resumed += 1;
        else anew += 1;
      }
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [client]);
  return note;
}
