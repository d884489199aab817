"""Serves routes from FastAPI, over the base protocol (PROTOCOL.md): ``app.include_router(TopicRouter(...))``."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Dict, Hashable, NamedTuple, Optional, Set

from fastapi import APIRouter, WebSocket

from .contract import TopicError
from .fields import MAX_SAFE_INTEGER
from .models import is_model
from .route import TopicRoute
from .running import RunningTopics, Source

#: Updates that may wait for a slow client. Its connection is closed above that.
MAX_QUEUE = 1_000

_CLOSE_TIMEOUT = 5.0


class _Served(NamedTuple):
    route: TopicRoute[Any]
    source: Source


class _Close(Exception):
    """Closes the connection with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


class TopicRouter(APIRouter):
    """A FastAPI router with one WebSocket endpoint, which serves the routes that :meth:`serve` adds.

    :param path: the path of the endpoint
    :param heartbeat_interval: seconds after which a connection without a message from the client is closed
    :param max_connection_lifespan: seconds after which a connection is closed
    """

    def __init__(
        self,
        path: str = "/api/v1/ws",
        *,
        heartbeat_interval: float = 30.0,
        max_connection_lifespan: float = 3600.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.topics = RunningTopics(self._publish, self._end)
        self.heartbeat_interval = heartbeat_interval
        self.max_connection_lifespan = max_connection_lifespan
        self._served: Dict[str, _Served] = {}
        self.add_api_websocket_route(path, self._endpoint)

    def serve(self, route: TopicRoute[Any], source: Source) -> None:
        """Adds a route. ``source`` is an async generator function: it is called with the params when a topic gets its
        first subscriber, and cancelled after the last. It yields updates: models or dicts."""
        self._served[route.name] = _Served(route, source)

    async def _endpoint(self, websocket: WebSocket) -> None:
        await websocket.accept()
        connection = _Connection(websocket)
        sending = asyncio.create_task(connection.send_all())
        receiving = asyncio.create_task(self._receive(connection))
        try:
            await asyncio.wait({sending, receiving, connection.overflow}, return_when=asyncio.FIRST_COMPLETED)
            self.topics.release_all(connection)
            if receiving.done() and isinstance(receiving.exception(), _Close):
                # After the replies to earlier requests.
                connection.close_after_queue(receiving.exception())
                await asyncio.wait({sending}, timeout=_CLOSE_TIMEOUT)
        finally:
            self.topics.release_all(connection)
            sending.cancel()
            receiving.cancel()
            ends = await asyncio.gather(sending, receiving, return_exceptions=True)
        reason = next((end for end in ends if isinstance(end, _Close)), None)
        if connection.overflow.done():
            reason = _Close(1013, "Too slow")
        if reason is not None:
            # A client that reads nothing cannot delay the end of its connection.
            await asyncio.wait({asyncio.ensure_future(websocket.close(reason.code, reason.reason))}, timeout=_CLOSE_TIMEOUT)

    async def _receive(self, connection: "_Connection") -> None:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self.max_connection_lifespan
        while True:
            try:
                timeout = min(self.heartbeat_interval, ends - loop.time())
                message = await asyncio.wait_for(connection.websocket.receive(), timeout)
            except asyncio.TimeoutError:
                limits = f"Heartbeat interval {self.heartbeat_interval}. Max connection lifespan {self.max_connection_lifespan}"
                raise _Close(1003, f"Connection timed out. {limits}") from None
            if message["type"] == "websocket.disconnect":
                return
            self._handle(connection, message.get("text"))

    def _handle(self, connection: "_Connection", text: Optional[str]) -> None:
        envelope = _envelope(text)
        route, _, operation = envelope["type"].rpartition(".")
        served = self._served.get(route)
        if served is None or operation not in ("subscribe", "unsubscribe"):
            raise _Close(1003, "No matching type")
        try:
            params = served.route.parse(envelope.get("payload", {}))
        except TopicError:
            raise _Close(1003, "Could not validate payload") from None
        topic = served.route.topic(params)
        is_subscribe = operation == "subscribe"
        payload = {"status": "ok", "message": "Subscribed" if is_subscribe else "Unsubscribed", "topic": topic}
        reply = {"type": f"{envelope['type']}.response", "payload": payload}
        if "id" in envelope:
            reply["id"] = envelope["id"]
        if not is_subscribe:
            self.topics.release(topic, connection)
        # Queued before the topic can have an update.
        connection.send(json.dumps(reply))
        if is_subscribe:
            self.topics.acquire(topic, connection, served.source, params)

    async def _publish(self, topic: str, update: Any) -> None:
        plain = update.model_dump(mode="json", by_alias=True) if is_model(update) else update
        route = topic.partition(":")[0]
        text = json.dumps({"type": f"{route}.update", "payload": {"topic": topic, "payload": plain}})
        for connection in self.topics.subscribers(topic):
            assert isinstance(connection, _Connection)
            connection.send(text)

    async def _end(self, topic: str, subscribers: Set[Hashable]) -> None:
        # The base protocol has no message for a topic that ends: a closed connection is better than a silent topic.
        for connection in subscribers:
            assert isinstance(connection, _Connection)
            connection.close_after_queue(_Close(1013, "The source of a topic ended"))


class _Connection:
    """Sends frames in order without making the sender wait."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        #: Done when the client reads too slowly.
        self.overflow: "asyncio.Future[None]" = asyncio.get_running_loop().create_future()
        self._queue: "asyncio.Queue[Any]" = asyncio.Queue()

    def send(self, text: str) -> None:
        if self._queue.qsize() < MAX_QUEUE:
            self._queue.put_nowait(text)
        elif not self.overflow.done():
            self.overflow.set_result(None)

    def close_after_queue(self, close: Any) -> None:
        self._queue.put_nowait(close)

    async def send_all(self) -> None:
        while True:
            item = await self._queue.get()
            if isinstance(item, _Close):
                raise item
            await self.websocket.send_text(item)


def _envelope(text: Optional[str]) -> Dict[str, Any]:
    """Parses a frame. Binary frames have no text."""
    try:
        envelope = json.loads(text or "")
    except (ValueError, RecursionError):
        envelope = None
    if type(envelope) is dict and _is_type(envelope.get("type")) and _is_id(envelope.get("id", 0)):
        if type(envelope.get("payload", {})) is dict:
            return envelope
    raise _Close(1003, "Could not validate payload")


def _is_type(value: Any) -> bool:
    return type(value) is str and 1 <= len(value) <= 256


def _is_id(value: Any) -> bool:
    if type(value) is str:
        return len(value) <= 64
    return type(value) is int and abs(value) <= MAX_SAFE_INTEGER
