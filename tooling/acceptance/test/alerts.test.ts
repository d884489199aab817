import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { findTool } from "../../src/tools.mjs";
import { read } from "./deploy/files.js";

const promtool = findTool("promtool");

/** Interval of samples and evaluations, as in prometheus.yml. In seconds. */
const INTERVAL_S = 15;
/** Time for which a server without a fault is observed. */
const CALM_S = 1_800;

/** The series of a scrape: a value, or `+n` for a counter that grows by n with each sample. */
type Series = Readonly<Record<string, number | `+${number}`>>;

/** A situation in which an alert fires, and some in which it must not. */
interface Situation {
  readonly fault: Series;
  readonly calm: readonly Series[];
  /** The time at which the fault can be seen first: a rate needs two samples. @default 0 */
  readonly seenAfterS?: number;
}

const SERVER = 'job="trading-server",instance="a"';
const buckets = (name: string, fast: `+${number}` | 0): Series => ({
  [`${name}_bucket{instance="a",le="0.25"}`]: fast,
  [`${name}_bucket{instance="a",le="5"}`]: "+10",
  [`${name}_bucket{instance="a",le="+Inf"}`]: "+10",
});
const late = (name: string): Situation => ({
  fault: buckets(name, 0),
  calm: [buckets(name, "+10")],
  seenAfterS: INTERVAL_S,
});
const files = (open: number): Series => ({
  [`process_open_fds{${SERVER}}`]: open,
  [`process_max_fds{${SERVER}}`]: 100,
});
const clients = (behind: number, all: number): Series => ({
  'trading_ws_connections_behind{instance="a"}': behind,
  'trading_ws_connections{instance="a"}': all,
});
const broker = (ready: number, standby: number): Series => ({
  [`trading_module_ready{${SERVER},module="broker"}`]: ready,
  [`trading_module_standby{${SERVER},module="broker"}`]: standby,
});
const quotes = (published: number | `+${number}`, subscriptions: number): Series => ({
  'trading_ws_published_total{instance="a",route="quotes"}': published,
  'trading_ws_subscriptions{instance="a",route="quotes"}': subscriptions,
});

const SITUATIONS: Readonly<Record<string, readonly Situation[]>> = {
  TradingServerDown: [{ fault: { [`up{${SERVER}}`]: 0 }, calm: [{ [`up{${SERVER}}`]: 1 }] }],
  TradingServerEventLoopLate: [
    {
      fault: { 'trading_ws_event_loop_lag_seconds{instance="a",quantile="0.99"}': 0.2 },
      calm: [
        { 'trading_ws_event_loop_lag_seconds{instance="a",quantile="0.99"}': 0.05 },
        { 'trading_ws_event_loop_lag_seconds{instance="a",quantile="1"}': 0.2 },
      ],
    },
  ],
  TradingServerFilesShort: [{ fault: files(85), calm: [files(75)] }],
  TradingServerFilesRunOut: [{ fault: files(95), calm: [files(85)] }],
  TradingServerClientsBehind: [{ fault: clients(20, 100), calm: [clients(20, 1_000), clients(5, 10)] }],
  TradingServerUpdatesRefused: [
    {
      fault: { 'trading_ws_dropped_total{instance="a",route="bars",reason="invalid"}': "+1" },
      calm: [{ 'trading_ws_dropped_total{instance="a",route="bars",reason="invalid"}': 5 }],
      seenAfterS: INTERVAL_S,
    },
  ],
  TradingServerSilent: [{ fault: quotes(100, 3), calm: [quotes("+1", 3), quotes(100, 0)], seenAfterS: INTERVAL_S }],
  TradingServerConnectionsCut: [
    {
      fault: { 'trading_ws_closes_total{instance="a",code="1006"}': "+300", ...clients(0, 10) },
      calm: [
        { 'trading_ws_closes_total{instance="a",code="1001"}': "+30", ...clients(0, 10) },
        { 'trading_ws_closes_total{instance="a",code="1006"}': "+30", ...clients(0, 1_000) },
      ],
      seenAfterS: INTERVAL_S,
    },
  ],
  TradingServerInternalErrors: [
    {
      fault: { 'trading_ws_closes_total{instance="a",code="1011"}': "+1" },
      calm: [{ 'trading_ws_closes_total{instance="a",code="1001"}': "+1" }],
      seenAfterS: INTERVAL_S,
    },
    {
      fault: {
        'trading_ws_operation_duration_seconds_count{instance="a",type="bars.subscribe",outcome="internal"}': 1,
      },
      calm: [{ 'trading_ws_operation_duration_seconds_count{instance="a",type="bars.subscribe",outcome="ok"}': "+1" }],
    },
  ],
  TradingServerAnswersLate: [late("trading_ws_operation_duration_seconds")],
  TradingServerHttpFails: [
    {
      fault: {
        'trading_http_request_duration_seconds_count{instance="a",status="503"}': "+1",
        'trading_http_request_duration_seconds_count{instance="a",status="200"}': "+9",
      },
      calm: [
        {
          'trading_http_request_duration_seconds_count{instance="a",status="404"}': "+5",
          'trading_http_request_duration_seconds_count{instance="a",status="500"}': 1,
        },
      ],
      seenAfterS: INTERVAL_S,
    },
  ],
  TradingServerNoBroker: [
    {
      fault: broker(0, 1),
      calm: [{ ...broker(0, 1), 'trading_module_ready{job="trading-server",instance="b",module="broker"}': 1 }],
    },
  ],
  TradingServerStoreLost: [{ fault: broker(0, 0), calm: [broker(0, 1), broker(1, 0)] }],
  TradingServerNoMarketData: [
    {
      fault: { 'trading_module_ready{instance="a",module="datafeed"}': 0 },
      calm: [{ 'trading_module_ready{instance="a",module="datafeed"}': 1, ...broker(0, 1) }],
    },
  ],
  TradingServerHttpLate: [late("trading_http_request_duration_seconds")],
  TradingServerCommitsLate: [late("trading_broker_commit_duration_seconds")],
  TradingServerClusterDown: [
    { fault: { 'trading_ws_cluster_up{instance="a"}': 0 }, calm: [{ 'trading_ws_cluster_up{instance="a"}': 1 }] },
  ],
  TradingServerClusterLate: [
    {
      fault: { 'trading_ws_cluster_oldest_feed_seconds{instance="a"}': 3 },
      calm: [{ 'trading_ws_cluster_oldest_feed_seconds{instance="a"}': 1.2 }],
    },
  ],
  TradingServerOtherTokens: [
    {
      fault: { 'trading_cluster_token_conflicts{instance="a"}': 1 },
      calm: [{ 'trading_cluster_token_conflicts{instance="a"}': 0 }],
    },
  ],
};

/** The rules, with the seconds for which their condition must hold. */
const RULES: readonly { readonly alert: string; readonly for?: string }[] = parse(
  read("prometheus/alerts.yml"),
).groups.flatMap(({ rules }: { rules: [] }) => rules);

function secondsOf(duration = "0s"): number {
  const [, count, unit] = /^(\d+)([sm])$/.exec(duration) as RegExpExecArray;
  return Number(count) * (unit === "m" ? 60 : 1);
}

/** Returns a test of promtool in which an alert fires or does not at some times. */
function testOf(alert: string, series: Series, isFiringAt: ReadonlyMap<number, boolean>) {
  const samples = CALM_S / INTERVAL_S;
  return {
    interval: `${INTERVAL_S}s`,
    input_series: Object.entries(series).map(([name, value]) => ({
      series: name,
      values: typeof value === "number" ? `${value}+0x${samples}` : `0${value}x${samples}`,
    })),
    promql_expr_test: Array.from(isFiringAt, ([at, isFiring]) => ({
      expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
      eval_time: `${at}s`,
      exp_samples: [{ labels: "{}", value: isFiring ? 1 : 0 }],
    })),
  };
}

describe("the alerts", () => {
  test("each have a situation in which they fire", () => {
    expect(RULES.map(({ alert }) => alert).sort()).toEqual(Object.keys(SITUATIONS).sort());
  });

  test.skipIf(promtool === undefined)("fire when their time has passed, and not before", () => {
    const folder = mkdtempSync(join(tmpdir(), "alerts-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "alerts.yml"), read("prometheus/alerts.yml"));
    const tests = RULES.flatMap((rule) =>
      (SITUATIONS[rule.alert] ?? []).flatMap(({ fault, calm, seenAfterS = 0 }) => {
        const firesAt = seenAfterS + secondsOf(rule.for);
        const times = new Map([[firesAt, true]]);
        if (firesAt > 0) times.set(firesAt - INTERVAL_S, false);
        const calmTimes = new Map([0, INTERVAL_S, firesAt, CALM_S].map((at) => [at, false]));
        return [testOf(rule.alert, fault, times), ...calm.map((series) => testOf(rule.alert, series, calmTimes))];
      }),
    );
    // JSON is YAML.
    const text = JSON.stringify({ rule_files: ["alerts.yml"], evaluation_interval: `${INTERVAL_S}s`, tests });
    writeFileSync(join(folder, "tests.yml"), text);
    const { status, stdout, stderr } = spawnSync(promtool ?? "", ["test", "rules", "tests.yml"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(status, stdout + stderr).toBe(0);
  });
});
