"""A running FastWS for the client's tests: ``python server.py --heartbeat 2``.

The app is the origin in small that the recordings were made with (``origin_app.py``, found by PYTHONPATH). Beside it, plain
HTTP tells what the origin has counted, publishes, and closes sockets. The port is chosen by the system and printed as the
first line. Ends with its standard input, so that it never outlives the tests.
"""

import argparse
import asyncio
import socket
import sys
from typing import Any

import uvicorn
from fastapi import Body
from fastws import Client, Message

from origin_app import Origin


class Watched:
    """Counts what the origin is sent, and wakes whoever waits for it."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        (self.adapter,) = origin.adapters
        self.heard: dict[str, int] = {}
        self.connected = 0
        self.changed = asyncio.Condition()
        handle, connect = self.adapter.client_send, self.adapter._connect

        async def client_send(message: Message, *, client: Client) -> None:
            await handle(message, client=client)
            self.heard[message.type] = self.heard.get(message.type, 0) + 1
            async with self.changed:
                self.changed.notify_all()

        def count_connect(client: Client) -> None:
            self.connected += 1
            connect(client)

        self.adapter.client_send = client_send
        self.adapter._connect = count_connect

    def state(self) -> dict[str, Any]:
        return {
            "counts": {topic: n for router in self.origin.routers for topic, n in router.topic_trackers.items()},
            "running": sorted(topic for router in self.origin.routers for topic in router.service.running),
            "heard": self.heard,
            "connected": self.connected,
            "open": len(self.adapter.connections),
        }


def add_test_endpoints(watched: Watched) -> None:
    app = watched.origin.app

    @app.get("/test/state")
    async def state() -> dict[str, Any]:
        return watched.state()

    @app.get("/test/heard")
    async def heard(type: str, times: int) -> dict[str, Any]:
        """Answers once so many messages of a type have been handled since the start."""
        async with watched.changed:
            await watched.changed.wait_for(lambda: watched.heard.get(type, 0) >= times)
        return watched.state()

    @app.get("/test/released")
    async def released() -> dict[str, Any]:
        """Answers once no request is counted any more."""
        async with watched.changed:
            await watched.changed.wait_for(lambda: not watched.state()["counts"])
        return watched.state()

    @app.post("/test/publish")
    async def publish(topic: str = Body(), update: dict[str, Any] = Body()) -> None:
        watched.origin.publish(topic, update)

    @app.post("/test/close")
    async def close() -> None:
        """Closes every socket, as a restart does; the app and its counts stay."""
        for client in list(watched.adapter.connections.values()):
            await client.ws.close(1012)


async def serve(heartbeat: float) -> None:
    origin = Origin("2.0", heartbeat, 3600.0)
    add_test_endpoints(Watched(origin))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(origin.app, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    # The listener is open already: whoever connects before the server has started waits for it.
    print(listener.getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = server.force_exit = True
    await task
    origin.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heartbeat", type=float, required=True, help="seconds")
    asyncio.run(serve(parser.parse_args().heartbeat))
