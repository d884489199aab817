"""The payloads of the legacy system: its 2.0 models, and those of the 1.x dialect of ``bars``."""

from typing import Generic, Optional, TypeVar

from pydantic import BaseModel

Data = TypeVar("Data")


class Bar(BaseModel):
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: int


class QuoteValues(BaseModel):
    lp: float
    ask: float
    bid: float
    spread: float
    open_price: float
    high_price: float
    low_price: float
    prev_close_price: float
    volume: float
    ch: float
    chp: float
    short_name: str
    exchange: str
    description: str
    original_name: str


class Quote(BaseModel):
    s: str
    n: str
    v: QuoteValues


class Execution(BaseModel):
    symbol: str
    price: float
    qty: float
    side: int
    time: int


class BarsSubscriptionRequest(BaseModel):
    symbol: str
    resolution: str


class QuoteSubscriptionRequest(BaseModel):
    symbols: list[str]
    fast_symbols: list[str]


class ExecutionSubscriptionRequest(BaseModel):
    """The one request of the legacy system with an optional field, against its own rule."""

    accountId: str
    symbol: Optional[str] = None


class SubscriptionResponse(BaseModel):
    status: str
    message: str
    topic: str


class SubscriptionUpdate(BaseModel, Generic[Data]):
    topic: str
    payload: Data


class BarParams(BaseModel):
    resolution: str = "1"


class OldBarsRequest(BaseModel):
    """1.x: the resolution sits one level down, and may be left out."""

    symbol: str
    params: BarParams


class OldResponse(BaseModel):
    """1.x: the reply repeats the symbol."""

    status: str
    symbol: str
    message: str
    topic: str
