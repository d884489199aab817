"""A FastAPI server with the routes and the control endpoint of the wire tier: ``python wire_server.py``.

The first line of the output is ``{"url": …, "control": …}``. The process exits when its standard input closes, so that it never
outlives the tests.
"""

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any, Dict, List, Literal, Optional

import uvicorn
from fastapi import Body, FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from trading_topic import TopicRoute  # noqa: E402
from trading_topic.fastapi import TopicRouter  # noqa: E402


class BarsParams(BaseModel):
    symbol: str = Field(min_length=1, max_length=64)
    resolution: Literal["1", "5", "15", "30", "60", "D", "W", "M"]


class QuotesParams(BaseModel):
    symbols: List[str]
    fast_symbols: List[str]


class ExecutionsParams(BaseModel):
    account_id: str = Field(alias="accountId")
    symbol: Optional[str]


ROUTES = [
    TopicRoute("bars", BarsParams),
    TopicRoute("quotes", QuotesParams),
    TopicRoute("executions", ExecutionsParams),
]


class Instance:
    """One server on a separate port."""

    def __init__(self, **intervals: float) -> None:
        self.app, self.router = FastAPI(), TopicRouter("/api/v1/ws", **intervals)
        self.updates: Dict[str, "asyncio.Queue[Any]"] = {}
        for route in ROUTES:
            self.router.serve(route, self.source_of(route))
        self.app.include_router(self.router)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.server = uvicorn.Server(uvicorn.Config(self.app, log_level="critical", lifespan="off"))
        self.task = asyncio.create_task(self.server.serve(sockets=[self.listener]))

        @self.app.post("/conformance")
        async def control(request: Dict[str, Any] = Body()) -> JSONResponse:
            return JSONResponse(getattr(self, f"on_{request['action']}")(request) or {})

    def source_of(self, route: Any) -> Any:
        async def source(params: Any) -> Any:
            topic = route.topic(params)
            updates = self.updates[topic] = asyncio.Queue()
            try:
                while True:
                    update = await updates.get()
                    if update is None:
                        return
                    yield update
            finally:
                if self.updates.get(topic) is updates:
                    del self.updates[topic]

        return source

    def urls(self) -> Dict[str, str]:
        return {"url": f"ws://{self.address}/api/v1/ws", "control": f"http://{self.address}/conformance"}

    def on_hello(self, _request: Any) -> Any:
        features = ["ids", "quotes", "executions", "publish", "topics", "end", "start"]
        return {"name": "trading-topic", "version": "FastAPI", "features": features}

    def on_publish(self, request: Any) -> None:
        for update in request["updates"]:
            self.updates[request["topic"]].put_nowait(update)

    def on_topics(self, _request: Any) -> Any:
        return {"topics": sorted(self.updates)}

    def on_end(self, request: Any) -> None:
        self.updates[request["topic"]].put_nowait(None)

    def on_start(self, request: Any) -> Any:
        settings = request["settings"]
        started = Instance(
            heartbeat_interval=settings.get("heartbeatIntervalMs", 30_000) / 1000,
            max_connection_lifespan=settings.get("maxConnectionLifespanMs", 3_600_000) / 1000,
        )
        return started.urls()

    def on_stop(self, _request: Any) -> None:
        self.server.should_exit = True


async def main() -> None:
    print(json.dumps(Instance().urls()), flush=True)
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
