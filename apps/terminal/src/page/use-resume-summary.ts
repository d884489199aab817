import { useClient } from "@trading/ws-client/react";
import { useEffect, useState } from "react";

/** Topics resume one by one; the summary appears after a pause of this length. */
const PAUSE_MS = 300;
const VISIBLE_MS = 8_000;

/** Returns a summary of the last reconnect, which disappears after a while: how many topics were resumed and reloaded. */
export function useResumeSummary(): string | undefined {
  const client = useClient();
  const [summary, setSummary] = useState<string>();
  useEffect(() => {
    let isConnected = client.state.status === "connected";
    let lostAt: number | undefined;
    let awayMs: number | undefined;
    let resumed = 0;
    let reloaded = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hide = () => {
      awayMs = undefined;
      setSummary(undefined);
    };
    const show = () => {
      setSummary(summaryText(awayMs ?? 0, resumed, reloaded));
      timer = setTimeout(hide, VISIBLE_MS);
    };
    const showAfterPause = () => {
      clearTimeout(timer);
      timer = setTimeout(show, PAUSE_MS);
    };
    const stopStates = client.onState(({ status }) => {
      const wasConnected = isConnected;
      isConnected = status === "connected";
      if (wasConnected && !isConnected) lostAt = performance.now();
      if (!isConnected || wasConnected || lostAt === undefined) return;
      awayMs = performance.now() - lostAt;
      resumed = reloaded = 0;
      showAfterPause();
    });
    const stopResumes = client.onResume(({ recovered }) => {
      if (awayMs === undefined) return;
      if (recovered) resumed += 1;
      else reloaded += 1;
      showAfterPause();
    });
    return () => {
      stopStates();
      stopResumes();
      clearTimeout(timer);
    };
  }, [client]);
  return summary;
}

function summaryText(awayMs: number, resumed: number, reloaded: number): string {
  const parts = [
    ...(resumed > 0 ? [`${resumed} resumed`] : []),
    ...(reloaded > 0 ? [`${reloaded} reloaded`] : []),
    ...(resumed > 0 && reloaded === 0 ? ["nothing missed"] : []),
  ];
  const reconnected = `Reconnected after ${(awayMs / 1000).toFixed(1)} s`;
  return parts.length === 0 ? reconnected : `${reconnected}: ${parts.join(", ")}`;
}
