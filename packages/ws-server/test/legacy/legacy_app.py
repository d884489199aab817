"""A small version of the legacy system: FastWS 0.1.7, set up as its document describes.

Three shapes of it: ``1.x`` (the older dialect of ``bars``), ``2.0`` (every route at ``/api/v1/ws``) and ``2.0-modular``
(each module at ``/api/v1/{module}/ws``). Nothing publishes by itself: the recorder publishes each update.
"""

import asyncio
import json
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from fastws import Client, FastWS, Message, OperationRouter
from pydantic import BaseModel

from legacy_models import (
    Bar,
    BarsSubscriptionRequest,
    Execution,
    ExecutionSubscriptionRequest,
    OldBarsRequest,
    OldResponse,
    Quote,
    QuoteSubscriptionRequest,
    SubscriptionResponse,
    SubscriptionUpdate,
)

ASYNCAPI_PATH = "/api/v1/ws/asyncapi.json"


def build_topic(route: str, params: BaseModel) -> str:
    """Returns the topic. An omitted field has the model's default: an absent ``symbol`` is None, which becomes ``""``."""
    return f"{route}:{json.dumps(none_as_empty(params.model_dump()), separators=(',', ':'), sort_keys=True)}"


def none_as_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: none_as_empty(member) for key, member in value.items()}
    if isinstance(value, list):
        return [none_as_empty(member) for member in value]
    return "" if value is None else value


class Service:
    """Records which topics run. The legacy system starts a generator for each; here the recorder publishes."""

    def __init__(self) -> None:
        self.running: set[str] = set()

    async def create_topic(self, topic: str) -> None:
        self.running.add(topic)

    def remove_topic(self, topic: str) -> None:
        self.running.discard(topic)


class Router(OperationRouter):
    """The legacy system's router factory: two SEND operations that count requests per topic, and one RECEIVE."""

    def __init__(self, route: str, module: str, request: type[BaseModel], data: type[BaseModel]) -> None:
        super().__init__(prefix=f"{route}.", tags=[module])
        self.route = route
        self.module = module
        self.service = Service()
        self.topic_trackers: dict[str, int] = {}
        self.updates_queue: asyncio.Queue[BaseModel] = asyncio.Queue()
        self.update_model = SubscriptionUpdate[data]

        @self.send("subscribe", reply="subscribe.response")
        async def send_subscribe(payload: request, client: Client) -> SubscriptionResponse:
            """Subscribe to real-time data updates"""
            topic = build_topic(route, payload)
            client.subscribe(topic)
            if topic not in self.topic_trackers:
                self.topic_trackers[topic] = 1
                await self.service.create_topic(topic)
            else:
                self.topic_trackers[topic] += 1
            return SubscriptionResponse(status="ok", message="Subscribed", topic=topic)

        @self.send("unsubscribe", reply="unsubscribe.response")
        def send_unsubscribe(payload: request, client: Client) -> SubscriptionResponse:
            """Unsubscribe from data updates"""
            topic = build_topic(route, payload)
            client.unsubscribe(topic)
            if topic in self.topic_trackers:
                self.topic_trackers[topic] -= 1
                if self.topic_trackers[topic] <= 0:
                    del self.topic_trackers[topic]
                    self.service.remove_topic(topic)
            return SubscriptionResponse(status="ok", message="Unsubscribed", topic=topic)

        @self.recv("update")
        def update(payload: self.update_model) -> self.update_model:
            """Broadcast data updates to subscribed clients"""
            return payload

    def publish(self, topic: str, update: dict[str, Any]) -> None:
        if topic in self.service.running:
            self.updates_queue.put_nowait(self.update_model(topic=topic, payload=update))


class OldBarsRouter(OperationRouter):
    """1.x: no counting, and an update is the bare bar."""

    def __init__(self) -> None:
        super().__init__(prefix="bars.", tags=["datafeed"])
        self.route = "bars"
        self.module = "datafeed"
        self.updates_queue: asyncio.Queue[tuple[str, BaseModel]] = asyncio.Queue()

        @self.send("subscribe", reply="subscribe.response")
        async def send_subscribe(payload: OldBarsRequest, client: Client) -> OldResponse:
            """Subscribe to real-time bar updates"""
            topic = f"bars:{payload.symbol}:{payload.params.resolution}"
            client.subscribe(topic)
            message = f"Subscribed to {payload.symbol}"
            return OldResponse(status="ok", symbol=payload.symbol, message=message, topic=topic)

        @self.send("unsubscribe", reply="unsubscribe.response")
        async def send_unsubscribe(payload: OldBarsRequest, client: Client) -> OldResponse:
            """Unsubscribe from bar updates"""
            topic = f"bars:{payload.symbol}:{payload.params.resolution}"
            client.unsubscribe(topic)
            message = f"Unsubscribed from {payload.symbol}"
            return OldResponse(status="ok", symbol=payload.symbol, message=message, topic=topic)

        @self.recv("update")
        async def update(payload: Bar) -> Bar:
            """Broadcast bar updates to subscribed clients"""
            return payload

    def publish(self, topic: str, update: dict[str, Any]) -> None:
        self.updates_queue.put_nowait((topic, Bar(**update)))


class FastWSAdapter(FastWS):
    """FastWS with one broadcasting task per router."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.routers: list[Router | OldBarsRouter] = []
        self.tasks: list[asyncio.Task[None]] = []

    def include_router(self, router: Router | OldBarsRouter) -> None:
        super().include_router(router)
        self.routers.append(router)

    def setup(self, app: FastAPI) -> None:
        super().setup(app)
        self.tasks = [asyncio.create_task(self.broadcast_updates(router)) for router in self.routers]

    async def broadcast_updates(self, router: Router | OldBarsRouter) -> None:
        while True:
            update = await router.updates_queue.get()
            topic, data = update if isinstance(update, tuple) else (update.topic, update)
            await self.server_send(Message(type=f"{router.route}.update", payload=data.model_dump()), topic=topic)


class LegacyApp:
    """The app of one shape, with its routers. Construct it inside a running event loop."""

    def __init__(self, shape: str, heartbeat_interval: float, max_connection_lifespan: float) -> None:
        self.app = FastAPI()
        self.adapters: list[FastWSAdapter] = []
        self.routers = routers_of(shape)
        self.settings = {"heartbeat_interval": heartbeat_interval, "max_connection_lifespan": max_connection_lifespan}
        if shape == "2.0-modular":
            for module in sorted({router.module for router in self.routers}):
                self.mount(f"/api/v1/{module}/ws", [router for router in self.routers if router.module == module])
        else:
            self.mount("/api/v1/ws", self.routers)

    def mount(self, path: str, routers: list[Router | OldBarsRouter]) -> None:
        adapter = FastWSAdapter(
            title="Trading WebSockets",
            version="1.0.0",
            asyncapi_url=f"{path}/asyncapi.json",
            asyncapi_docs_url=f"{path}/asyncapi",
            **self.settings,
        )
        for router in routers:
            adapter.include_router(router)
        adapter.setup(self.app)
        self.adapters.append(adapter)

        @self.app.websocket(path)
        async def endpoint(client: Annotated[Client, Depends(adapter.manage)]) -> None:
            await adapter.serve(client)

    def publish(self, topic: str, update: dict[str, Any]) -> None:
        route = topic.partition(":")[0]
        next(router for router in self.routers if router.route == route).publish(topic, update)

    def stop(self) -> None:
        for adapter in self.adapters:
            for task in adapter.tasks:
                task.cancel()


def routers_of(shape: str) -> list[Router | OldBarsRouter]:
    if shape == "1.x":
        return [OldBarsRouter()]
    return [
        Router("bars", "datafeed", BarsSubscriptionRequest, Bar),
        Router("quotes", "datafeed", QuoteSubscriptionRequest, Quote),
        Router("executions", "broker", ExecutionSubscriptionRequest, Execution),
    ]
