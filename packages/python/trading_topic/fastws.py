"""Routes for FastWS: ``app.include_router(TopicRouter(BARS, Bar, bars))``, with ``app`` a :class:`TopicFastWS`."""

# FastWS reads the annotations of handlers, which are local classes here, so they must not be postponed.
from typing import Any, Hashable, List, Optional, Set

from fastws import Client, FastWS, Message, OperationRouter  # type: ignore[import-untyped]
from pydantic import BaseModel

from .models import is_model
from .route import TopicRoute
from .running import RunningTopics, Source


class SubscriptionResponse(BaseModel):
    status: str
    message: str
    topic: str


# FastWS has no types, so mypy reads its classes as Any. Its decorators are called instead of used with @, because an untyped
# decorator would remove the types of the handlers.


class TopicRouter(OperationRouter):  # type: ignore[misc]
    """The operations ``{route}.subscribe`` and ``{route}.unsubscribe``, and the updates ``{route}.update``.

    :param route: the route, which has checked its params model
    :param update: the model of an update
    :param source: an async generator function: called with the params when a topic gets its first subscriber, cancelled
        after the last. It yields updates: instances of the model, or dicts
    """

    def __init__(self, route: TopicRoute[Any], update: Any, source: Source, tags: Optional[List[Any]] = None) -> None:
        super().__init__(prefix=f"{route.name}.", tags=tags)
        self.route = route
        self.topics = RunningTopics(self._publish, self._end)
        self._app: Optional[FastWS] = None
        params_model: Any = route.params

        class Update(BaseModel):
            topic: str
            payload: update

        async def subscribe(payload: params_model, client: Client, app: FastWS) -> SubscriptionResponse:
            topic = route.topic(payload)
            self._app = app
            client.subscribe(topic)
            self.topics.acquire(topic, client, source, payload)
            return SubscriptionResponse(status="ok", message="Subscribed", topic=topic)

        async def unsubscribe(payload: params_model, client: Client) -> SubscriptionResponse:
            topic = route.topic(payload)
            client.unsubscribe(topic)
            self.topics.release(topic, client)
            return SubscriptionResponse(status="ok", message="Unsubscribed", topic=topic)

        async def updated(payload: Update) -> Update:
            return payload

        self.send("subscribe", reply="subscribe.response")(subscribe)
        self.send("unsubscribe", reply="unsubscribe.response")(unsubscribe)
        self.recv("update")(updated)

    async def _publish(self, topic: str, update: Any) -> None:
        assert self._app is not None, "a topic runs only after a client has subscribed"
        plain = update.model_dump(by_alias=True) if is_model(update) else update
        message = Message(type=f"{self.route.name}.update", payload={"topic": topic, "payload": plain})
        await self._app.server_send(message, topic=topic)

    async def _end(self, topic: str, subscribers: Set[Hashable]) -> None:
        # The base protocol has no message for a topic that ends: a closed connection is better than a silent topic.
        for client in subscribers:
            assert isinstance(client, Client)
            await client.ws.close(1013)


class TopicFastWS(FastWS):  # type: ignore[misc]
    """FastWS that releases the topics of a client which disconnects. FastWS itself keeps counting it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._topic_routers: List[TopicRouter] = []

    def include_router(self, router: OperationRouter, *, prefix: str = "") -> None:
        super().include_router(router, prefix=prefix)
        if isinstance(router, TopicRouter):
            self._topic_routers.append(router)

    def _disconnect(self, client: Any) -> Any:
        disconnected = super()._disconnect(client)
        for router in self._topic_routers:
            if disconnected is not None:
                router.topics.release_all(disconnected)
        return disconnected
