"""The words of a script. What comes back the recorder fills in: a ``receive`` and a ``close`` are empty here."""

import json
from dataclasses import dataclass
from typing import Any

Step = dict[str, Any]

AAPL = {"symbol": "AAPL", "resolution": "1"}
AAPL_TOPIC = 'bars:{"resolution":"1","symbol":"AAPL"}'
QUOTES = {"symbols": ["AAPL", "MSFT"], "fast_symbols": ["GOOGL"]}
QUOTES_TOPIC = 'quotes:{"fast_symbols":["GOOGL"],"symbols":["AAPL","MSFT"]}'
BAR = {"time": 1697097600000, "open": 150.0, "high": 151.0, "low": 149.5, "close": 150.5, "volume": 1000000}
LATER_BAR = {"time": 1697097660000, "open": 150.5, "high": 152.25, "low": 150.5, "close": 152.0, "volume": 500}
QUOTE_VALUES = {
    **{"lp": 150.5, "ask": 150.51, "bid": 150.49, "spread": 0.02, "open_price": 150.0, "high_price": 151.0},
    **{"low_price": 149.5, "prev_close_price": 149.0, "volume": 1000000.0, "ch": 1.5, "chp": 1.01},
    **{"short_name": "AAPL", "exchange": "NASDAQ", "description": "Apple Inc.", "original_name": "NASDAQ:AAPL"},
}
QUOTE = {"s": "ok", "n": "AAPL", "v": QUOTE_VALUES}
FILL = {"symbol": "AAPL", "price": 150.25, "qty": 10.0, "side": 1, "time": 1697097600000}


@dataclass(frozen=True)
class Conversation:
    name: str
    about: str
    shape: str
    steps: list[Step]
    path: str = "/api/v1/ws"
    heartbeat: float = 30.0
    lifespan: float = 3600.0


def text(frame: str) -> Step:
    return {"send": frame}


def say(type: str, payload: Any = ..., **beside: Any) -> Step:
    """An envelope as `JSON.stringify` writes it."""
    message = {"type": type, **({} if payload is ... else {"payload": payload}), **beside}
    return text(json.dumps(message, separators=(",", ":"), ensure_ascii=False))


def ask(type: str, payload: Any = ..., **beside: Any) -> list[Step]:
    """A request and its reply."""
    return [say(type, payload, **beside), HEAR]


def publish(topic: str, update: Any) -> Step:
    return {"publish": {"topic": topic, "update": update}}


def told(topic: str, update: Any) -> list[Step]:
    """An update, and that it arrives."""
    return [publish(topic, update), HEAR]


def by(client: str, *steps: Step, **more: Any) -> list[Step]:
    """Steps of one of several clients. A client connects at its first step, to `path` if there is one."""
    return [step if "publish" in step else {"client": client, **more, **step} for step in steps]


def wait(seconds: float) -> Step:
    return {"wait": round(seconds, 3)}


HEAR: Step = {"receive": None}
CLOSED: Step = {"close": None}
LEAVE: Step = {"leave": True}
