"""The routes of the wire tier on FastWS, with the adapter of the package."""

from typing import Annotated, Any, List

from fastapi import Depends, FastAPI
from fastws import Client
from pydantic import BaseModel
from trading_topic.fastws import TopicFastWS, TopicRouter
from wire_routes import BARS, EXECUTIONS, QUOTES

#: FastWS does not echo the id of a request.
FEATURES: List[str] = []


class Bar(BaseModel):
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: int


class QuoteValues(BaseModel, extra="allow"):
    lp: float
    ask: float
    bid: float


class Quote(BaseModel):
    s: str
    n: str
    v: QuoteValues


class Execution(BaseModel):
    id: str
    symbol: str
    price: float
    qty: float


def app_of(source_of: Any, heartbeat_interval: float = 30.0, max_connection_lifespan: float = 3600.0) -> FastAPI:
    app = FastAPI()
    ws_app = TopicFastWS(heartbeat_interval=heartbeat_interval, max_connection_lifespan=max_connection_lifespan)
    for route, update in ((BARS, Bar), (QUOTES, Quote), (EXECUTIONS, Execution)):
        ws_app.include_router(TopicRouter(route, update, source_of(route)))
    ws_app.setup(app)

    @app.websocket("/api/v1/ws")
    async def endpoint(client: Annotated[Client, Depends(ws_app.manage)]) -> None:
        await ws_app.serve(client)

    return app
