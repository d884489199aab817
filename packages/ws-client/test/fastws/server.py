"""A running FastWS for the client's tests: ``python server.py --heartbeat 2``.

The app is the small legacy app that was recorded (``legacy_app.py``, found by PYTHONPATH). Additional HTTP endpoints return
its counters, publish, and close sockets. The system chooses the port, which is printed as the first line. The process exits
when its standard input closes, so that it never outlives the tests.
"""

import argparse
import asyncio
import socket
import sys
from typing import Any

import uvicorn
from fastapi import Body
from fastws import Client, Message

from legacy_app import LegacyApp


class Counters:
    """Counts the app's connections and handled messages, and notifies the endpoints that wait for a count."""

    def __init__(self, legacy: LegacyApp) -> None:
        self.legacy = legacy
        (self.adapter,) = legacy.adapters
        self.received: dict[str, int] = {}
        self.connected = 0
        self.changed = asyncio.Condition()
        handle, connect = self.adapter.client_send, self.adapter._connect

        async def client_send(message: Message, *, client: Client) -> None:
            await handle(message, client=client)
            self.received[message.type] = self.received.get(message.type, 0) + 1
            async with self.changed:
                self.changed.notify_all()

        def count_connect(client: Client) -> None:
            self.connected += 1
            connect(client)

        self.adapter.client_send = client_send
        self.adapter._connect = count_connect

    def state(self) -> dict[str, Any]:
        return {
            "counts": {topic: n for router in self.legacy.routers for topic, n in router.topic_trackers.items()},
            "running": sorted(topic for router in self.legacy.routers for topic in router.service.running),
            "received": self.received,
            "connected": self.connected,
            "open": len(self.adapter.connections),
        }


def add_test_endpoints(counters: Counters) -> None:
    app = counters.legacy.app

    @app.get("/test/state")
    async def state() -> dict[str, Any]:
        return counters.state()

    @app.get("/test/received")
    async def received(type: str, times: int) -> dict[str, Any]:
        """Replies once this many messages of a type have been handled since the start."""
        async with counters.changed:
            await counters.changed.wait_for(lambda: counters.received.get(type, 0) >= times)
        return counters.state()

    @app.get("/test/released")
    async def released() -> dict[str, Any]:
        """Replies once every subscription counter is zero."""
        async with counters.changed:
            await counters.changed.wait_for(lambda: not counters.state()["counts"])
        return counters.state()

    @app.post("/test/publish")
    async def publish(topic: str = Body(), update: dict[str, Any] = Body()) -> None:
        counters.legacy.publish(topic, update)

    @app.post("/test/close")
    async def close() -> None:
        """Closes every socket, as a restart does; the app and its counters stay."""
        for client in list(counters.adapter.connections.values()):
            await client.ws.close(1012)


async def serve(heartbeat: float) -> None:
    legacy = LegacyApp("2.0", heartbeat, 3600.0)
    add_test_endpoints(Counters(legacy))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(legacy.app, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    # The listener is already open, so a client that connects now waits until the server has started.
    print(listener.getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = server.force_exit = True
    await task
    legacy.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heartbeat", type=float, required=True, help="seconds")
    asyncio.run(serve(parser.parse_args().heartbeat))
