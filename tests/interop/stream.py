"""Streams with the Python package `tastytrade` what the environment names, and prints it as one JSON document.

API_BASE_URL: base of the REST API; WANTED: {"quotes": [...], "greeks": [...], "candles": [...], "from": ms, "metrics":
[...], "products": [...]}. The package reads metrics and the contracts of futures products too.
"""

import asyncio
import json
import os
import sys
from datetime import datetime, timezone

import tastytrade.session
from tastytrade import DXLinkStreamer, Session
from tastytrade.dxfeed import Candle, Greeks, Quote
from tastytrade.instruments import Future
from tastytrade.metrics import get_market_metrics

# The package knows only the broker's own address.
tastytrade.session.API_URL = os.environ["API_BASE_URL"]

DEADLINE_SECONDS = 15


def numbers(event, *names):
    return [float(getattr(event, name)) for name in names]


async def stream(wanted, got):
    session = Session(
        provider_secret=os.environ["TT_CLIENT_SECRET"],
        refresh_token=os.environ["TT_REFRESH_TOKEN"],
    )
    async with session, DXLinkStreamer(session) as streamer:
        for item in await get_market_metrics(session, wanted["metrics"]):
            names = ("index", "index_rank", "percentile")
            got["metrics"][item.symbol] = numbers(item, *(f"implied_volatility_{name}" for name in names))
        for future in await Future.get(session, product_codes=wanted["products"]):
            if future.active_month:
                got["futures"][f"/{future.product_code}"] = future.streamer_symbol
        await streamer.subscribe(Quote, wanted["quotes"])
        while len(got["quotes"]) < len(wanted["quotes"]):
            event = await streamer.get_event(Quote)
            got["quotes"][event.event_symbol] = numbers(event, "bid_price", "ask_price", "bid_size", "ask_size")
        await streamer.subscribe(Greeks, wanted["greeks"])
        while len(got["greeks"]) < len(wanted["greeks"]):
            event = await streamer.get_event(Greeks)
            names = ("price", "volatility", "delta", "gamma", "theta", "vega", "rho")
            got["greeks"][event.event_symbol] = numbers(event, *names)
        start = datetime.fromtimestamp(wanted["from"] / 1000, timezone.utc)
        bases = [symbol.removesuffix("{=d}") for symbol in wanted["candles"]]
        # Written as a user would; the market answers under the normal form `{=d}`.
        await streamer.subscribe_candle(bases, "1d", start_time=start, extended_trading_hours=True)
        complete = set()
        while len(complete) < len(wanted["candles"]):
            event = await streamer.get_event(Candle)
            bars = got["candles"].setdefault(event.event_symbol, {})
            if not event.remove:
                bars[str(event.time)] = float(event.close)
            if event.snapshot_end or event.snapshot_snip:
                complete.add(event.event_symbol)


async def main():
    got = {"quotes": {}, "greeks": {}, "candles": {}, "metrics": {}, "futures": {}}
    try:
        await asyncio.wait_for(stream(json.loads(os.environ["WANTED"]), got), DEADLINE_SECONDS)
    except TimeoutError:
        counts = ", ".join(f"{len(events)} {kind}" for kind, events in got.items())
        sys.exit(f"incomplete after {DEADLINE_SECONDS} s: {counts}")
    json.dump(got, sys.stdout)


asyncio.run(main())
