"""A server with the control endpoint of the wire tier: ``python wire_server.py fastapi``, or ``fastws``.

The first line of the output is ``{"url": …, "control": …}``. The process exits when its standard input closes, so that it never
outlives the tests.
"""

import asyncio
import importlib
import json
import socket
import sys
from pathlib import Path
from typing import Any, Dict

import uvicorn
from fastapi import Body
from fastapi.responses import JSONResponse

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


class Instance:
    """One server on a separate port, whose sources yield what the control endpoint publishes."""

    def __init__(self, framework: str, **intervals: float) -> None:
        self.framework = framework
        self.adapter = importlib.import_module(f"wire_{framework}")
        self.updates: Dict[str, "asyncio.Queue[Any]"] = {}
        self.app = self.adapter.app_of(self.source_of, **intervals)
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
        features = ["quotes", "executions", "publish", "topics", "end", "start"]
        return {"name": "trading-topic", "version": self.framework, "features": features + self.adapter.FEATURES}

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
            self.framework,
            heartbeat_interval=settings.get("heartbeatIntervalMs", 30_000) / 1000,
            max_connection_lifespan=settings.get("maxConnectionLifespanMs", 3_600_000) / 1000,
        )
        return started.urls()

    def on_stop(self, _request: Any) -> None:
        self.server.should_exit = True


async def main() -> None:
    print(json.dumps(Instance(sys.argv[1]).urls()), flush=True)
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
