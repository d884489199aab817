import { describe, expect, test } from "vitest";
import { TimeZone } from "../../../../../../src/market/time-zone.js";
import { parseRecording } from "../../../../../../src/modules/datafeed/sources/replay/csv/parse-recording.js";
import { Recording } from "../../../../../../src/modules/datafeed/sources/replay/recording.js";

/*
 * One generated file for each form in which programs and exchanges write bars. All forms contain the same bars, so each test
 * compares with the same expectation.
 */

const DAY_MS = 86_400_000;

/** Three days with prices above 1,000, of which one shows that 12 is not a month. A weekend is in between. */
const DAYS = [
  { time: Date.UTC(2023, 0, 12), open: 1234.5, high: 1240, low: 1230.25, close: 1239, volume: 1_200_000 },
  { time: Date.UTC(2023, 0, 13), open: 1239, high: 1250.75, low: 1238, close: 1250, volume: 900_500 },
  { time: Date.UTC(2023, 0, 16), open: 1250, high: 1251, low: 1245.5, close: 1246, volume: 1_000_000 },
];

/** The same bars, 20 minutes apart. */
const MINUTES = DAYS.map((bar, at) => ({ ...bar, time: Date.UTC(2023, 0, 13, 9, 30 + 20 * at) }));

type Row = (typeof DAYS)[number];
const iso = ({ time }: Row) => new Date(time).toISOString().slice(0, 10);
const clock = ({ time }: Row) => new Date(time).toISOString().slice(11, 16);
const prices = ({ open, high, low, close }: Row) => [open, high, low, close];
const HEADER = "Date,Open,High,Low,Close,Volume";

/** Builds a file with a header and one line for each bar. */
function file(header: string, line: (bar: Row) => readonly (string | number)[], bars = DAYS, delimiter = ","): string {
  return [header, ...bars.map((bar) => line(bar).join(delimiter)), ""].join("\n").replace(/^\n/, "");
}

const plain = (time: (bar: Row) => string | number, bars = DAYS) =>
  file(HEADER, (bar) => [time(bar), ...prices(bar), bar.volume], bars);

const german = (value: number) => value.toLocaleString("de-DE", { maximumFractionDigits: 2 });
const english = (value: number) => `"${value.toLocaleString("en-GB", { maximumFractionDigits: 2 })}"`;

const FORMS: Readonly<Record<string, string>> = {
  "columns in another order and case, with further ones": file("VOLUME,note,close,LOW,High,open,date", (bar) => [
    ...[bar.volume, "x", bar.close, bar.low, bar.high, bar.open, iso(bar)],
  ]),
  "a byte order mark and Windows line ends": `\uFEFF${plain(iso).replaceAll("\n", "\r\n")}`,
  "line ends of old Macs": plain(iso).replaceAll("\n", "\r"),
  "mixed line ends and no last one": plain(iso).replace("\n", "\r\n").trimEnd(),
  "numbers in quotes with thousands": file(HEADER, (bar) => [
    iso(bar),
    ...prices(bar).map(english),
    english(bar.volume),
  ]),
  "cells in quotes": plain(iso).replace(/[^,\n]+/g, '"$&"'),
  "a quoted note with commas, quotes and line breaks": file("Note,Date,Open,High,Low,Close,Volume", (bar) => [
    '"a, ""b""\nc"',
    ...[iso(bar), ...prices(bar), bar.volume],
  ]),
  "currency signs, with the newest first": file(
    "Date,Close/Last,Volume,Open,High,Low",
    (bar) => {
      const [year, month, day] = iso(bar).split("-");
      return [
        `${month}/${day}/${year}`,
        `$${bar.close}`,
        bar.volume,
        ...[bar.open, bar.high, bar.low].map((price) => `$${price}`),
      ];
    },
    [...DAYS].reverse(),
  ),
  semicolons: plain(iso).replaceAll(",", ";"),
  "semicolons and decimal commas": file(
    "Datum egal;Date;Open;High;Low;Close;Volume",
    (bar) => ["x", iso(bar).split("-").reverse().join("."), ...prices(bar).map(german), german(bar.volume)],
    DAYS,
    ";",
  ),
  tabs: plain(iso).replaceAll(",", "\t"),
  "vertical bars": plain(iso).replaceAll(",", "|"),
  "pandas' index without a name": file(",Open,High,Low,Close,Volume", (bar) => [
    `${iso(bar)} 00:00:00`,
    ...prices(bar),
    bar.volume,
  ]),
  "pandas' index that counts lines": file(",Date,Open,High,Low,Close,Volume", (bar) => [
    DAYS.indexOf(bar),
    ...[iso(bar), ...prices(bar), bar.volume],
  ]),
  "an index without a column in the header, as R writes it": file("Open,High,Low,Close,Volume", (bar) => [
    iso(bar),
    ...prices(bar),
    bar.volume,
  ]),
  "three header lines, as yfinance writes them": file(
    "Price,Close,High,Low,Open,Volume\nTicker,AAPL,AAPL,AAPL,AAPL,AAPL\nDate,,,,,",
    (bar) => [iso(bar), bar.close, bar.high, bar.low, bar.open, bar.volume],
  ),
  "three header lines, as older versions of yfinance write them": file(
    ",Adj Close,Close,High,Low,Open,Volume\n,AAPL,AAPL,AAPL,AAPL,AAPL,AAPL\nDate,,,,,,",
    (bar) => [`${iso(bar)} 00:00:00+00:00`, 99, bar.close, bar.high, bar.low, bar.open, bar.volume],
  ),
  "the ticker above the names": file(
    "Ticker,AAPL,AAPL,AAPL,AAPL,AAPL\nPrice,Open,High,Low,Close,Volume\nDate,,,,,",
    (bar) => [iso(bar), ...prices(bar), bar.volume],
  ),
  "the symbol before each name, as quantmod writes it": file(
    '"","AAPL.Open","AAPL.High","AAPL.Low","AAPL.Close","AAPL.Volume","AAPL.Adjusted"',
    (bar) => [`"${iso(bar)}"`, ...prices(bar), bar.volume, 99],
  ),
  "an adjusted close, which is not used": file("Date,Open,High,Low,Close,Adj Close,Volume", (bar) => [
    iso(bar),
    ...prices(bar),
    bar.close / 4,
    bar.volume,
  ]),
  "numbered names, as Alpha Vantage writes them": file("timestamp,1. open,2. high,3. low,4. close,5. volume", (bar) => [
    iso(bar),
    ...prices(bar),
    bar.volume,
  ]),
  "names in angle brackets, as MetaTrader and Stooq write them": file(
    "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
    (bar) => ["AAPL.US", "D", iso(bar).replaceAll("-", ""), "000000", ...prices(bar), bar.volume, 0],
  ),
  "volumes with suffixes, as investing.com writes them": file(
    '"Date","Price","Open","High","Low","Vol.","Change %"',
    (bar) => {
      const vol = bar.volume >= 1e6 ? `${bar.volume / 1e6}M` : `${bar.volume / 1e3}K`;
      const date = iso(bar).split("-").reverse().join("/");
      return [date, bar.close, bar.open, bar.high, bar.low, vol, "1.2%"].map((value) => `"${value}"`);
    },
  ),
  "a title, comments and empty lines": `# Prices of a share\nhttps://example.com\n\n${plain(iso).replace("\n", "\n# a comment\n\n")}\n,,,,,\n\n`,
  "a header in a comment": `#${plain(iso)}`,
  "a line without prices on a holiday": plain(iso).replace(
    "2023-01-16",
    "2023-01-14,,,,,\n2023-01-15,NaN,null,n/a,-,0\n2023-01-16",
  ),
  "the newest first": plain(iso, [...DAYS].reverse()),
  "a repeated line": plain(iso, [DAYS[0]!, DAYS[0]!, DAYS[1]!, DAYS[2]!, DAYS[2]!]),
  "spaces around cells": plain(iso).replaceAll(",", " , "),
};

const TIMES: Readonly<Record<string, (bar: Row) => string | number>> = {
  "2023-01-12": iso,
  "2023/01/12": (bar) => iso(bar).replaceAll("-", "/"),
  "2023.01.12": (bar) => iso(bar).replaceAll("-", "."),
  "20230112": (bar) => iso(bar).replaceAll("-", ""),
  "20230112.0": (bar) => `${iso(bar).replaceAll("-", "")}.0`,
  "20230112000000": (bar) => `${iso(bar).replaceAll("-", "")}000000`,
  "202301120000": (bar) => `${iso(bar).replaceAll("-", "")}0000`,
  "20230112 000000": (bar) => `${iso(bar).replaceAll("-", "")} 000000`,
  "20230112T000000Z": (bar) => `${iso(bar).replaceAll("-", "")}T000000Z`,
  "20230112 00:00:00": (bar) => `${iso(bar).replaceAll("-", "")} 00:00:00`,
  "2023-01-12T00:00:00Z": ({ time }) => new Date(time).toISOString(),
  "2023-01-12 00:00:00.000000": (bar) => `${iso(bar)} 00:00:00.000000`,
  "2023-01-12T01:00+01:00": (bar) => `${iso(bar)}T01:00+01:00`,
  "2023-01-11 19:00:00-05:00": ({ time }) =>
    `${new Date(time - 5 * 3_600_000).toISOString().slice(0, 19).replace("T", " ")}-05:00`,
  "2023-01-12 00:00:00 UTC": (bar) => `${iso(bar)} 00:00:00 UTC`,
  "12.01.2023 00:00:00.000 GMT+0000": (bar) => `${iso(bar).split("-").reverse().join(".")} 00:00:00.000 GMT+0000`,
  "2023-01-12 12-AM": (bar) => `${iso(bar)} 12-AM`,
  "12-Jan-23": ({ time }) => `${new Date(time).getUTCDate()}-Jan-23`,
  "Jan 12 2023": ({ time }) => `Jan ${new Date(time).getUTCDate()} 2023`,
  '"Thu, January 12, 2023"': ({ time }) => `"Thu, January ${new Date(time).getUTCDate()}, 2023"`,
  seconds: ({ time }) => time / 1_000,
  "seconds with a fraction": ({ time }) => `${time / 1_000}.0`,
  milliseconds: ({ time }) => time,
  microseconds: ({ time }) => time * 1_000,
  nanoseconds: ({ time }) => `${time}000000`,
  "milliseconds with an exponent": ({ time }) => `${time / 1e12}e12`,
};

describe("a file with", () => {
  test.each(Object.entries(FORMS))("%s", (_form, text) => {
    const { bars, hasVolume } = parseRecording(text, "x.csv");
    expect(bars).toEqual(DAYS);
    expect(hasVolume).toBe(true);
  });

  test.each(Object.entries(TIMES))("times such as %s", (_form, time) => {
    expect(parseRecording(plain(time), "x.csv").bars).toEqual(DAYS);
  });

  test.each([
    ["day first", (day: string, month: string, year: string) => `${day}/${month}/${year}`],
    ["month first", (day: string, month: string, year: string) => `${month}/${day}/${year} 12:00:00 AM`],
    [
      "month first, without leading zeros and century",
      (day: string, month: string, year: string) => `${+month}/${+day}/${year.slice(2)}`,
    ],
    ["day first, with hyphens", (day: string, month: string, year: string) => `${day}-${month}-${year}`],
  ] as const)("dates with the %s, which a day after the 12th shows", (_order, write) => {
    const text = plain((bar) => {
      const [year, month, day] = iso(bar).split("-") as [string, string, string];
      return write(day, month, year);
    });
    expect(parseRecording(text, "x.csv").bars).toEqual(DAYS);
  });

  test("dates of months alone, in which the smaller step shows the order", () => {
    const months = Array.from({ length: 14 }, (_, at) => ({ ...DAYS[0]!, time: Date.UTC(1957, at, 1) }));
    const monthFirst = (bar: Row) => `${new Date(bar.time).getUTCMonth() + 1}/1/${iso(bar).slice(0, 4)}`;
    expect(parseRecording(plain(monthFirst, months), "x.csv").bars).toEqual(months);
    const dayFirst = (bar: Row) => `01/${iso(bar).slice(5, 7)}/${iso(bar).slice(0, 4)}`;
    expect(parseRecording(plain(dayFirst, months), "x.csv").bars).toEqual(months);
    expect(
      parseRecording(
        plain((bar) => iso(bar).slice(0, 7), months),
        "x.csv",
      ).bars,
    ).toEqual(months);
  });

  test.each([
    ["date and time apart", (bar: Row) => [iso(bar), clock(bar)]],
    ["date and time in digits", (bar: Row) => [iso(bar).replaceAll("-", ""), `${clock(bar).replace(":", "")}00`]],
    [
      "times that lost their leading zeros",
      (bar: Row) => [iso(bar).replaceAll("-", ""), `${+clock(bar).replace(":", "")}00`],
    ],
    ["hours and minutes in digits", (bar: Row) => [iso(bar), clock(bar).replace(":", "")]],
    ["hours of twelve", (bar: Row) => [iso(bar), `${clock(bar)}:00 AM`.replace("10:10:00 AM", "10:10 AM")]],
  ] as const)("%s in two columns", (_form, columns) => {
    const text = file(
      "Date,Time,Open,High,Low,Close,Volume",
      (bar) => [...columns(bar), ...prices(bar), bar.volume],
      MINUTES,
    );
    expect(parseRecording(text, "x.csv").bars).toEqual(MINUTES);
  });

  test.each([
    ["MetaTrader", (bar: Row) => [iso(bar).replaceAll("-", "."), clock(bar), ...prices(bar), bar.volume], ","],
    [
      "HistData",
      (bar: Row) => [`${iso(bar).replaceAll("-", "")} ${clock(bar).replace(":", "")}00`, ...prices(bar), bar.volume],
      ";",
    ],
    [
      "Binance in milliseconds",
      (bar: Row) => [bar.time, ...prices(bar), bar.volume, bar.time + 59_999, 5, 7, 1, 2, 0],
      ",",
    ],
    [
      "Binance in microseconds",
      (bar: Row) => [`${bar.time}000`, ...prices(bar), bar.volume, `${bar.time}999999`, 5, 7, 1, 2, 0],
      ",",
    ],
    ["Kraken", (bar: Row) => [bar.time / 1_000, ...prices(bar), bar.volume, 17], ","],
  ] as const)("no header, as %s writes it", (_name, line, delimiter) => {
    expect(parseRecording(file("", line, MINUTES, delimiter), "x.csv").bars).toEqual(MINUTES);
  });

  test("times before 1970", () => {
    const bars = [-2, -1, 0, 1].map((day) => ({ ...DAYS[0]!, time: day * DAY_MS }));
    for (const time of [iso, ({ time }: Row) => time / 1_000, (bar: Row) => iso(bar).replaceAll("-", "")]) {
      expect(parseRecording(plain(time, bars), "x.csv").bars).toEqual(bars);
    }
    const old = [1885, 1886, 1887].map((year) => ({ ...DAYS[0]!, time: Date.UTC(year, 1, 16) }));
    expect(parseRecording(plain(iso, old), "x.csv").bars).toEqual(old);
    expect(
      parseRecording(
        plain(({ time }) => time, old),
        "x.csv",
      ).bars,
    ).toEqual(old);
  });

  test("milliseconds from 1970 on, whose first values are as small as seconds", () => {
    const bars = Array.from({ length: 100 }, (_, day) => ({ ...DAYS[0]!, time: day * DAY_MS }));
    expect(
      parseRecording(
        plain(({ time }) => time, bars),
        "x.csv",
      ).bars,
    ).toEqual(bars);
  });

  test("milliseconds until the end of a year and microseconds from then on, as Binance's joined files have", () => {
    const from2025 = Date.UTC(2025, 0);
    const bars = Array.from({ length: 10 }, (_, at) => ({ ...DAYS[0]!, time: from2025 + (at - 5) * 60_000 }));
    const text = plain(({ time }) => (time < from2025 ? time : `${time}000`), bars);
    expect(parseRecording(text, "x.csv").bars).toEqual(bars);
  });

  test("commas that can be decimal signs or not, which the delimiter shows", () => {
    const row = "2023-01-12;1,234;1,240;1,230;1,239";
    expect(parseRecording(`Date;Open;High;Low;Close\n${row}`, "x.csv").bars[0]).toMatchObject({
      open: 1.234,
      low: 1.23,
    });
    const quotedRow = row.replaceAll(/1,\d+/g, '"$&"').replaceAll(";", ",");
    expect(parseRecording(`Date,Open,High,Low,Close\n${quotedRow}`, "x.csv").bars[0]).toMatchObject({
      open: 1234,
      low: 1230,
    });
  });

  test("fractional volumes", () => {
    const bars = DAYS.map((bar) => ({ ...bar, volume: bar.volume / 1e7 }));
    expect(parseRecording(plain(iso, bars), "x.csv").bars).toEqual(bars);
  });

  test.each([
    ["no volume column", file("Date,Open,High,Low,Close", (bar) => [iso(bar), ...prices(bar)]), [0, 0, 0]],
    ["an empty volume", plain(iso).replace(",900500", ","), [1_200_000, 0, 1_000_000]],
    [
      "volumes of 0 only",
      plain(
        iso,
        DAYS.map((bar) => ({ ...bar, volume: 0 })),
      ),
      [0, 0, 0],
    ],
  ] as const)("%s, so that volumes are unknown", (_form, text, volumes) => {
    const { bars, hasVolume } = parseRecording(text, "x.csv");
    expect(hasVolume).toBe(false);
    expect(bars).toEqual(DAYS.map((bar, at) => ({ ...bar, volume: volumes[at] })));
  });

  test.each(["Date,Close", "Date,Price", "DATE,SP500"])("one price a line: %s", (header) => {
    const { bars, notes } = parseRecording(
      file(header, (bar) => [iso(bar), bar.close]),
      "x.csv",
    );
    expect(bars).toEqual(
      DAYS.map(({ time, close }) => ({ time, open: close, high: close, low: close, close, volume: 0 })),
    );
    expect(notes).toEqual(["The file has one price a line: open, high, low and close are equal."]);
  });

  test("rounding errors, by which a close is above its high", () => {
    const text = plain(iso).replace("1240,1230.25,1239", "1238.9999999,1230.25,1239");
    expect(parseRecording(text, "x.csv").bars[0]).toEqual({ ...DAYS[0], high: 1239 });
  });

  test("local times, which are converted by the function given for them", () => {
    const toUtc = (localMs: number) => localMs - 3_600_000;
    const shifted = DAYS.map((bar) => ({ ...bar, time: bar.time - 3_600_000 }));
    for (const time of [iso, (bar: Row) => iso(bar).replaceAll("-", ""), (bar: Row) => `${iso(bar)} 00:00`]) {
      expect(parseRecording(plain(time), "x.csv", toUtc).bars).toEqual(shifted);
    }
    for (const time of [(bar: Row) => `${iso(bar)}T00:00Z`, ({ time }: Row) => time / 1_000]) {
      expect(parseRecording(plain(time), "x.csv", toUtc).bars).toEqual(DAYS);
    }
  });

  test("many parts, whose lines are all read once, and quotes across the places where parts end", () => {
    const bars = Array.from({ length: 20_000 }, (_, at) => ({ ...DAYS[0]!, time: DAYS[0]!.time + at * 60_000 }));
    const text = plain(({ time }) => time, bars);
    expect(parseRecording(text, "x.csv").bars).toEqual(bars);
    const noted = file(
      "Note,Date,Open,High,Low,Close,Volume",
      (bar) => [`"${'1,""2""\n'.repeat(20)}"`, bar.time, ...prices(bar), bar.volume],
      bars,
    );
    expect(parseRecording(noted, "x.csv").bars).toEqual(bars);
  });

  test("local times, in the time zone of the session", () => {
    const hours = ["2023-03-10 16:00", "2023-03-13 16:00"];
    const text = [HEADER, ...hours.map((hour) => `${hour},1,1,1,1,1`)].join("\n");
    const recording = new Recording(text, "x.csv", TimeZone.of("America/New_York"));
    // Summer time began on March 12.
    expect([0, 1].map((index) => recording.bar(index).time)).toEqual([
      Date.UTC(2023, 2, 10, 21),
      Date.UTC(2023, 2, 13, 20),
    ]);
  });
});

test("notes say what is played in another way than the file has it", () => {
  const text = file(
    "Date,Open,High,Low,Close,Adj Close,Volume",
    (bar) => [iso(bar), ...prices(bar), 99, bar.volume],
    [...DAYS].reverse(),
  );
  const withGaps = text.replace(",900500", ",").replace("2023-01-12", "2023-01-13,,,,,,\n2023-01-12");
  expect(parseRecording(`${withGaps}${withGaps.trimEnd().split("\n").at(-1)}\n`, "x.csv").notes).toEqual([
    "The file has the newest bar first: it is played from its end.",
    "Bars that the file repeats are played once: 1.",
    'Prices are played as they were traded: the column "Adj Close" is not used.',
    "Lines without prices are skipped: 1.",
    "Bars without a volume: 1. So volumes do not limit the quantity of fills.",
  ]);
  expect(parseRecording(plain(iso), "x.csv").notes).toEqual([]);
});
