"""The routes of the wire tier on FastAPI."""

from typing import Any

from fastapi import FastAPI
from trading_topic.fastapi import TopicRouter
from wire_routes import BARS, EXECUTIONS, QUOTES

#: Features of the wire tier that only this adapter has.
FEATURES = ["ids"]


def app_of(source_of: Any, **intervals: float) -> FastAPI:
    app, router = FastAPI(), TopicRouter("/api/v1/ws", **intervals)
    for route in (BARS, QUOTES, EXECUTIONS):
        router.serve(route, source_of(route))
    app.include_router(router)
    return app
