import { useClient } from "@trading/ws-client/react";
import { useEffect, useState } from "react";

/** Topics come back one by one, and are told together. */
const PAUSE_MS = 300;
const SHOWN_MS = 8_000;

/** What became of the topics after a lost connection, in words; gone after a while. */
export function useResume(): string | undefined {
  const client = useClient();
  const [note, setNote] = useState<string>();
  useEffect(() => {
    let lostAt: number | undefined;
    let awayMs: number | undefined;
    let isConnected = client.state.status === "connected";
    let resumed = 0;
    let anew = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const clear = () => {
      awayMs = undefined;
      setNote(undefined);
    };
    const tell = () => {
      setNote(wordsOf(awayMs ?? 0, resumed, anew));
      timer = setTimeout(clear, SHOWN_MS);
    };
    const tellSoon = () => {
      clearTimeout(timer);
      timer = setTimeout(tell, PAUSE_MS);
    };
    const stop = client.tap((event) => {
      if (event.kind === "state") {
        const wasConnected = isConnected;
        isConnected = event.state.status === "connected";
        if (wasConnected && !isConnected) lostAt = performance.now();
        if (!isConnected || wasConnected || lostAt === undefined) return;
        awayMs = performance.now() - lostAt;
        resumed = anew = 0;
        tellSoon();
      } else if (awayMs !== undefined && event.kind === "received" && event.frame.includes('"recovered":')) {
        if (event.frame.includes('"recovered":true')) resumed += 1;
        else anew += 1;
        tellSoon();
      }
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [client]);
  return note;
}

function wordsOf(awayMs: number, resumed: number, anew: number): string {
  const parts = [
    ...(resumed > 0 ? [`${resumed} resumed`] : []),
    ...(anew > 0 ? [`${anew} loaded anew`] : []),
    ...(resumed > 0 && anew === 0 ? ["nothing missed"] : []),
  ];
  const back = `Back after ${(awayMs / 1000).toFixed(1)} s`;
  return parts.length === 0 ? back : `${back}: ${parts.join(", ")}`;
}
