import asyncio
import contextlib
import queue
import socket
import sys
import threading
from pathlib import Path
from typing import Any, Iterator

import pytest
import uvicorn
from websockets.sync.client import ClientConnection, connect

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

#: Seconds. Only a test that fails waits this long.
TIMEOUT = 60


class ScriptedSource:
    """A source whose updates the test publishes. ``events`` has its starts and stops, in order."""

    def __init__(self) -> None:
        self.events: "queue.Queue[Any]" = queue.Queue()
        self._updates: Any = {}

    async def __call__(self, params: Any) -> Any:
        updates: "asyncio.Queue[Any]" = asyncio.Queue()
        self._updates[params.symbol] = (asyncio.get_running_loop(), updates)
        self.events.put(("start", params.symbol))
        try:
            while True:
                update = await updates.get()
                if isinstance(update, Exception):
                    raise update
                yield update
        finally:
            self.events.put(("stop", params.symbol))

    def publish(self, symbol: str, update: Any) -> None:
        loop, updates = self._updates[symbol]
        loop.call_soon_threadsafe(updates.put_nowait, update)

    def event(self) -> Any:
        return self.events.get(timeout=TIMEOUT)


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """Runs an app on a port that the system chooses. Yields its WebSocket URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/api/v1/ws"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def source() -> ScriptedSource:
    return ScriptedSource()


@pytest.fixture
def clients(request: pytest.FixtureRequest) -> Any:
    """Connects clients, and closes them after the test."""
    with contextlib.ExitStack() as stack:

        def open_client(url: str) -> ClientConnection:
            return stack.enter_context(connect(url, open_timeout=TIMEOUT, close_timeout=TIMEOUT))

        yield open_client
