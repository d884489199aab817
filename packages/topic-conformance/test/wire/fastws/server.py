"""A running FastWS with the control endpoint of the wire tier: ``python server.py --shape 2.0``.

The app is the small legacy app that was recorded (``legacy_app.py``, found by PYTHONPATH). The first line of the output is
``{"url": …, "control": …}``. The process exits when its standard input closes, so that it never outlives the tests.
"""

import argparse
import asyncio
import json
import socket
import sys
from typing import Any

import uvicorn
from fastapi import Body
from fastapi.responses import JSONResponse

from legacy_app import LegacyApp

FEATURES = {
    "2.0": ["quotes", "executions", "publish", "topics", "start"],
    "1.x": ["legacy-bars", "publish"],
}


class Instance:
    """One server on a separate port."""

    def __init__(self, shape: str, heartbeat: float = 30.0, lifespan: float = 3600.0) -> None:
        self.shape = shape
        self.legacy = LegacyApp(shape, heartbeat, lifespan)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.server = uvicorn.Server(uvicorn.Config(self.legacy.app, log_level="critical", lifespan="off"))
        self.task = asyncio.create_task(self.server.serve(sockets=[self.listener]))
        self.stopping: list[asyncio.Task[None]] = []

        @self.legacy.app.post("/conformance")
        async def control(request: dict[str, Any] = Body()) -> JSONResponse:
            return JSONResponse(getattr(self, f"on_{request['action']}")(request) or {})

    def urls(self) -> dict[str, str]:
        return {"url": f"ws://{self.address}/api/v1/ws", "control": f"http://{self.address}/conformance"}

    def on_hello(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {"name": "FastWS", "version": f"0.1.7, app {self.shape}", "features": FEATURES[self.shape]}

    def on_publish(self, request: dict[str, Any]) -> None:
        topic = request["topic"]
        if self.shape == "1.x":
            _, _, params = topic.partition(":")
            topic = "bars:{symbol}:{resolution}".format(**json.loads(params))
        for update in request["updates"]:
            self.legacy.publish(topic, update)

    def on_topics(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {"topics": sorted(topic for router in self.legacy.routers for topic in router.service.running)}

    def on_start(self, request: dict[str, Any]) -> dict[str, str]:
        settings = request["settings"]
        heartbeat = settings.get("heartbeatIntervalMs", 30_000) / 1_000
        lifespan = settings.get("maxConnectionLifespanMs", 3_600_000) / 1_000
        return Instance(self.shape, heartbeat, lifespan).urls()

    def on_stop(self, _request: dict[str, Any]) -> None:
        # The reply of this request is sent first.
        self.stopping.append(asyncio.create_task(self.stop()))

    async def stop(self) -> None:
        self.server.should_exit = True
        await self.task
        self.legacy.stop()


async def serve(shape: str) -> None:
    instance = Instance(shape)
    # The listener is already open, so a client that connects now waits until the server has started.
    print(json.dumps(instance.urls()), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    instance.server.force_exit = True
    await instance.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=list(FEATURES), required=True)
    asyncio.run(serve(parser.parse_args().shape))
