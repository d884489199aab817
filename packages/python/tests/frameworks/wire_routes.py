"""The routes of the servers of the wire tier. Their params are those of PROTOCOL.md."""

from typing import List, Literal, Optional

from pydantic import BaseModel, Field
from trading_topic import TopicRoute


class BarsParams(BaseModel):
    symbol: str = Field(min_length=1, max_length=64)
    resolution: Literal["1", "5", "15", "30", "60", "D", "W", "M"]


class QuotesParams(BaseModel):
    symbols: List[str]
    fast_symbols: List[str]


class ExecutionsParams(BaseModel):
    account_id: str = Field(alias="accountId")
    symbol: Optional[str]


BARS = TopicRoute("bars", BarsParams)
QUOTES = TopicRoute("quotes", QuotesParams)
EXECUTIONS = TopicRoute("executions", ExecutionsParams)
