"""A server of one route on FastAPI: ``uvicorn server:app``, then subscribe at ``ws://127.0.0.1:8000/api/v1/ws``.

    {"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"1"}}
"""

import asyncio
import time
from typing import AsyncIterator, Literal

from fastapi import FastAPI
from pydantic import BaseModel, Field

from trading_topic import TopicRoute
from trading_topic.fastapi import TopicRouter


Resolution = Literal["1", "5", "15", "30", "60", "D", "W", "M"]


class BarsParams(BaseModel):
    """The params of the route. All fields are required, so that all programs build the same topic."""

    symbol: str = Field(min_length=1, max_length=64)
    resolution: Resolution


class Bar(BaseModel):
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: int


# Refuses params that the contract does not allow when the program starts.
BARS = TopicRoute("bars", BarsParams)


async def bars(params: BarsParams) -> AsyncIterator[Bar]:
    """Runs once per topic, while it has subscribers. A real source reads a market here."""
    price = 100.0 + len(params.symbol)
    while True:
        now = int(time.time() * 1000)
        yield Bar(time=now - now % 60_000, open=price, high=price + 1, low=price - 1, close=price, volume=10)
        await asyncio.sleep(0.2)


router = TopicRouter("/api/v1/ws")
router.serve(BARS, bars)
app = FastAPI()
app.include_router(router)


@app.get("/topics/bars")
def topic_of_bars(symbol: str, resolution: Resolution) -> str:
    """Returns the topic of params, for programs that publish to it."""
    return BARS.topic(BarsParams(symbol=symbol, resolution=resolution))
