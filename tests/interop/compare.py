"""Compares what a client streamed with what volq prints and with the market's chart.

Usage: compare.py CLIENT STREAMED.json QUOTE.json GREEKS.json FUTURES.json CHARTS.json
"""

import json
import math
import struct
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

differences = []
compared = 0


def expect(what, streamed, printed):
    global compared
    compared += 1
    if streamed != printed:
        differences.append(f"{what}: the client has {streamed}, volq has {printed}")


def single(number):
    """A number in the chart's single precision."""
    return struct.unpack("f", struct.pack("f", number))[0]


def historical_volatility(closes, returns):
    """tastytrade's recipe, percent: simple returns, sample deviation, 252 sessions a year."""
    last = closes[-returns - 1 :]
    changes = [after / before - 1 for before, after in zip(last, last[1:])]
    mean = math.fsum(changes) / returns
    variance = math.fsum((change - mean) ** 2 for change in changes) / (returns - 1)
    return round(math.sqrt(variance * 252) * 100, 2)


client, *paths = sys.argv[1:]
streamed, quote, greeks, futures, charts = [json.load(open(path, encoding="utf-8")) for path in paths]
now = datetime.fromisoformat(quote["as_of"])

for row in quote["rows"] + futures["rows"]:
    symbol = row["streamer_symbol"]
    printed = [row["bid"], row["ask"], row["bid_size"], row["ask_size"]]
    expect(f"Quote of {symbol}", streamed["quotes"].get(symbol), printed)

for symbol, fractions in streamed.get("metrics", {}).items():
    row = next(row for row in quote["rows"] if row["symbol"] == symbol)
    percent = [round(fraction * 100, 7) for fraction in fractions]
    expect(f"metrics of {symbol}", percent, [row["iv"], row["ivr"], row["ivp"]])

for symbol, contract in streamed.get("futures", {}).items():
    row = next(row for row in futures["rows"] if row["symbol"] == symbol)
    expect(f"active contract of {symbol}", contract, row["streamer_symbol"])

for row in greeks["rows"]:
    symbol = row["streamer_symbol"]
    event = list(streamed["greeks"].get(symbol, []))
    if event:
        # The stream sends a fraction, volq prints percent.
        event[1] = round(event[1] * 100, 7)
    printed = [row[name] for name in ("theo", "iv", "delta", "gamma", "theta", "vega", "rho")]
    expect(f"Greeks of {symbol}", event, printed)

for row in quote["rows"]:
    symbol = row["streamer_symbol"]
    bars = sorted((int(time), close) for time, close in streamed["candles"].get(f"{symbol}{{=d}}", {}).items())
    chart = charts[symbol]["chart"]["result"][0]
    closes = chart["indicators"]["quote"][0]["close"]
    expect(f"closes of {symbol}", [single(close) for _, close in bars][-len(closes) :], closes)
    today = now.astimezone(ZoneInfo("America/New_York")).date()
    completed = [close for time, close in bars if datetime.fromtimestamp(time / 1000, ZoneInfo("UTC")).date() < today]
    for name, returns in (("hv30", 22), ("hv60", 44), ("hv90", 66)):
        expect(f"{name} of {symbol} from candles", historical_volatility(completed, returns), row[name])

for difference in differences:
    print(f"{client}: {difference[:400]}", file=sys.stderr)
if differences or compared < 20:
    sys.exit(f"{client}: {len(differences)} of {compared} comparisons failed")
print(f"{client}: {compared} comparisons, all equal")
