import { describe, expect, test } from "vitest";
import { Recording } from "../../../../../../src/modules/datafeed/sources/replay/recording.js";

const HEADER = "time,open,high,low,close,volume";
const lines = (...rows: string[]) => [
  HEADER,
  ...rows.map((row) => (row.includes(",") ? row : `${row},1,2,0.5,1.5,10`)),
];
const csv = (...rows: string[]) => lines(...rows).join("\n");

const REMEDY = "Correct the line, or delete it.";
const DATE = "expected a date that exists, such as 2026-01-31 or 2026-01-31 09:30, or a Unix time.";
const COLUMNS =
  "expected a header line with the columns time (or date), open, high, low, close and, if known, volume: rename columns, or add what is missing.";
const AGGREGATE = "Trades, ticks and seconds must be aggregated to bars of a minute or more.";
const UNORDERED = "Sort the lines by time, or correct the line.";

/** Files that are refused, by what is wrong with them, with the whole message. */
const REFUSALS: Readonly<Record<string, readonly [text: string, message: string]>> = {
  "no lines": ["", `x.csv, line 1: the file is empty: ${COLUMNS}`],
  "another kind of text": [
    "Once upon a time,\nthere was",
    `x.csv, line 1: missing columns "time", "open", "high", "low", "close" in "Once upon a time,": ${COLUMNS}`,
  ],
  "a missing column": [
    "date,open,low,close\n2026-01-05,1,1,1",
    `x.csv, line 1: missing column "high" in "date,open,low,close": ${COLUMNS}`,
  ],
  "no column of times": [
    "open,high,low,close\n1,1,1,1",
    `x.csv, line 1: missing column "time" in "open,high,low,close": ${COLUMNS}`,
  ],
  "a header after a title": [
    "# Prices\n\nday,open,max,min,close\n2026-01-05,1,1,1,1",
    `x.csv, line 3: missing columns "high", "low" in "day,open,max,min,close": ${COLUMNS}`,
  ],
  "one column for each instrument": [
    "date,AAPL,MSFT\n2026-01-05,1,2",
    `x.csv, line 1: missing columns "open", "high", "low", "close" in "date,AAPL,MSFT": ${COLUMNS}`,
  ],
  "returns instead of prices": [
    "date,return\n2026-01-05,0.01",
    `x.csv, line 1: missing columns "open", "high", "low", "close" in "date,return": ${COLUMNS}`,
  ],
  "the columns of several instruments": [
    ",BTC:open,BTC:high,BTC:low,BTC:close,ETH:open,ETH:high,ETH:low,ETH:close\n2026-01-05,1,1,1,1,2,2,2,2",
    'x.csv, line 1: the columns are those of several instruments, "BTC, ETH": save the columns of one in a file.',
  ],
  "yfinance's columns of several tickers": [
    "Price,Close,Close,High,High,Low,Low,Open,Open\nTicker,A,B,A,B,A,B,A,B\nDate,,,,,,,,\n2026-01-05,1,1,1,1,1,1,1,1",
    'x.csv, line 1: the columns are those of several instruments, "A, B": save the columns of one in a file.',
  ],
  "the lines of several instruments": [
    "symbol,date,open,high,low,close\nA,2026-01-05,1,1,1,1\nB,2026-01-05,1,1,1,1",
    'x.csv, line 3: the bar is that of "B", line 2 has one of "A": expected one instrument. Save the lines of each in a file.',
  ],
  "a spreadsheet": [
    "PK\u0003\u0004\u0014\u0000",
    'x.csv, line 1: the file begins with "PK\\u0003\\u0004\\u0014\\u0000", so it is a spreadsheet or an archive: unpack it, or save it as "CSV UTF-8".',
  ],
  "another encoding": [
    "t\0i\0m\0e\0",
    'x.csv, line 1: the file begins with "t\\u0000i\\u0000m\\u0000e\\u0000", so it is no text in UTF-8: unpack it, or save it as "CSV UTF-8".',
  ],
  "quotes that do not end": [
    csv("2026-01-05", '"2026-01-06,1,2,0.5,1.5,10', "2026-01-07"),
    'x.csv, line 3: the quotes of the cell "2026-01-06,1,2,0.5,1.5,10\\n2026-01-07,1,2,0.5,1.5,10" do not end with the cell: close the quotes, and write quotes inside of a cell twice: "".',
  ],
  "a price that is no number": [
    csv("2026-01-05", "2026-01-06,1,null,1,1,1"),
    `x.csv, line 3: invalid high "null": expected a number, such as 1234.5 or 1,234.5. ${REMEDY}`,
  ],
  "a hexadecimal price": [
    csv("2026-01-05,1,1,0x10,1,1"),
    `x.csv, line 2: invalid low "0x10": expected a number, such as 1234.5 or 1,234.5. ${REMEDY}`,
  ],
  "an infinite price": [
    csv("2026-01-05,1e999,1,1,1,1"),
    `x.csv, line 2: invalid open "1e999": expected a number, such as 1234.5 or 1,234.5. ${REMEDY}`,
  ],
  "a decimal point among decimal commas": [
    "date;open;high;low;close\n2026-01-05;1,5;1,5;1,5;1,5\n2026-01-06;1.5;1,5;1,5;1,5",
    `x.csv, line 3: invalid open "1.5": expected a number with a decimal comma, such as 1234,5. ${REMEDY}`,
  ],
  "a line that was cut off": [
    csv("2026-01-05", "2026-01-06,1,2"),
    `x.csv, line 3: invalid low "": expected a number, such as 1234.5 or 1,234.5. ${REMEDY}`,
  ],
  "a volume that is no number": [
    csv("2026-01-05,1,1,1,1,many"),
    'x.csv, line 2: invalid volume "many": expected a number of at least 0. Correct the cell, or leave it empty if the volume is unknown.',
  ],
  "a negative volume": [
    csv("2026-01-05,1,1,1,1,-1"),
    'x.csv, line 2: invalid volume "-1": expected a number of at least 0. Correct the cell, or leave it empty if the volume is unknown.',
  ],
  "volumes that no sum can represent": [
    csv("2026-01-05,1,1,1,1,9e15", "2026-01-06,1,1,1,1,9e14"),
    'x.csv, line 3: invalid volume "9e14": expected volumes that add up to at most 9007199254740991. Divide all volumes by 1000, or delete the column.',
  ],
  "a high below the low": [
    csv("2026-01-05,1,1,2,1,1"),
    `x.csv, line 2: invalid high "1": expected at least the low, 2. ${REMEDY}`,
  ],
  "an open above the high": [
    csv("2026-01-05,9,3,1,2,1"),
    `x.csv, line 2: invalid open "9": expected a price from 1 to 3, the low and high. ${REMEDY}`,
  ],
  "a close below the low": [
    csv("2026-01-05,2,3,1,0.5,1"),
    `x.csv, line 2: invalid close "0.5": expected a price from 1 to 3, the low and high. ${REMEDY}`,
  ],
  "columns in another order, without a header": [
    "2026-01-05,2,1,3,2,10",
    `x.csv, line 1: invalid high "1": expected at least the low, 3. ${REMEDY} The file has no header line, so the columns are time, open, high, low, close, volume: add one if not.`,
  ],
  "a month that does not exist": [
    csv("2026-01-05", "2026-13-05"),
    `x.csv, line 3: invalid time "2026-13-05": ${DATE} ${REMEDY}`,
  ],
  "a day that does not exist": [
    csv("2024-02-28", "2024-02-30"),
    `x.csv, line 3: invalid time "2024-02-30": ${DATE} ${REMEDY}`,
  ],
  "a day that does not exist, in digits": [
    csv("20240228", "20240229", "20240230"),
    `x.csv, line 4: invalid time "20240230": ${DATE} The other lines have dates such as 20230131. ${REMEDY}`,
  ],
  "a time of day that does not exist": [
    csv("2024-02-28 23:00", "2024-02-28 24:00"),
    `x.csv, line 3: invalid time "2024-02-28 24:00": ${DATE} ${REMEDY}`,
  ],
  "a name of a time zone": [
    csv("2024-02-28 09:30 EST"),
    `x.csv, line 2: invalid time "2024-02-28 09:30 EST": ${DATE} ${REMEDY}`,
  ],
  "no time": [csv("2024-02-28", ",1,1,1,1,1"), `x.csv, line 3: invalid time "": ${DATE} ${REMEDY}`],
  "a text among Unix times": [
    csv("1700000040", "1700000100", "total"),
    `x.csv, line 4: invalid time "total": ${DATE} The other lines have Unix seconds. ${REMEDY}`,
  ],
  "a time of day that is none, in its column": [
    "date,time,open,high,low,close\n2026-01-05,0930,1,1,1,1\n2026-01-05,noon,1,1,1,1",
    `x.csv, line 3: invalid time "noon": expected a time of day, such as 09:30 or 0930. ${REMEDY}`,
  ],
  "dates in which day and month look alike": [
    csv("03/01/2023", "04/01/2023", "05/01/2023"),
    'x.csv, line 2: invalid time "03/01/2023": day and month cannot be distinguished. Write dates such as 2026-01-31.',
  ],
  "a time after the year 2100": [
    csv("2026-01-05", "3026-01-05"),
    `x.csv, line 3: invalid time "3026-01-05": it is in the year 3026, expected 1600 to 2100. ${REMEDY}`,
  ],
  "a Unix time that is no year of a calendar": [
    csv("1700000000000000000000", "1700000000060000000000"),
    `x.csv, line 2: invalid time "1700000000000000000000": ${DATE} ${REMEDY}`,
  ],
  "nanoseconds after the year 2100": [
    csv("9900000000000000000", "9900000060000000000"),
    `x.csv, line 2: invalid time "9900000000000000000": it is in the year 2283, expected 1600 to 2100. ${REMEDY}`,
  ],
  "day numbers of a spreadsheet": [
    csv("44929", "44930"),
    'x.csv, line 2: invalid time "44929": it is a spreadsheet\'s number of a day. Format the column as dates, and save the file again.',
  ],
  "numbers of lines": [
    csv("0", "1", "2"),
    'x.csv, line 3: invalid time "1": as Unix seconds it is 1970-01-01T00:00:01.000Z, where no bar begins. Write dates such as 2026-01-31.',
  ],
  "a time twice": [
    csv("2026-01-05", "2026-01-05,1,1,1,1,1"),
    `x.csv, line 3: invalid time "2026-01-05": line 2 has another bar of this time. Delete one of them. An hour that repeats when summer time ends needs times with a zone. ${AGGREGATE}`,
  ],
  "a time that goes back": [
    csv("2026-01-05", "2026-01-07", "2026-01-06", "2026-01-08"),
    `x.csv, line 4: invalid time "2026-01-06": expected one later than that of the line above. ${UNORDERED}`,
  ],
  "a time that goes forward, with the newest first": [
    csv("2026-01-08", "2026-01-06", "2026-01-07", "2026-01-05"),
    `x.csv, line 4: invalid time "2026-01-07": expected one earlier than that of the line above, as the file descends. ${UNORDERED}`,
  ],
  seconds: [
    csv("1700000040", "1700000050", "1700000110"),
    `x.csv, line 3: invalid time "1700000050": it is 10000 ms from that of the line above, expected at least a minute. ${AGGREGATE}`,
  ],
  "one bar": [csv("2026-01-05"), "x.csv: the file has 1 bar, expected at least 2: add lines."],
  "a header alone": [HEADER, "x.csv: the file has no bars, expected at least 2: add lines."],
};

describe("a file is refused with file, line, value and remedy for", () => {
  test.each(Object.entries(REFUSALS))("%s", (_reason, [text, message]) => {
    expect(() => new Recording(text, "x.csv")).toThrow(expect.objectContaining({ name: "RecordingError", message }));
  });

  test("a cell after cells with line breaks, by its line in the file", () => {
    const text = 'note,date,open,high,low,close\n"a\nb\n",2026-01-05,1,1,1,1\n\n"c\nd",2026-01-06,1,1,1,x';
    expect(() => new Recording(text, "x.csv")).toThrow('x.csv, line 6: invalid close "x"');
  });

  test("a cell far into a large file, by its line", () => {
    const rows = Array.from({ length: 20_000 }, (_, at) => `${1_700_000_040 + at * 60},1,2,0.5,1.5,10`);
    rows[15_000] = "1700900040,1,2,0.5,9,10";
    expect(() => new Recording([HEADER, ...rows].join("\n"), "x.csv")).toThrow('x.csv, line 15002: invalid close "9"');
  });

  test("a long value, of which the message has the beginning", () => {
    const text = `${HEADER}\n${"9".repeat(10_000)}x,1,1,1,1,1`;
    expect(() => new Recording(text, "x.csv")).toThrow(`invalid time "${"9".repeat(80)}…"`);
  });
});
