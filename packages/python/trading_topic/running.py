"""The running topics of a server: who subscribes to each, and the source that produces its updates."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, AsyncIterator, Awaitable, Callable, Dict, Hashable, Set

#: Called with the params of a topic; yields its updates.
Source = Callable[[Any], AsyncIterator[Any]]

_log = logging.getLogger("trading_topic")


class RunningTopics:
    """Starts the source of a topic for its first subscriber, and cancels it after the last.

    :param publish: sends an update to the subscribers of a topic
    :param end: notifies the subscribers that the source of their topic has ended
    """

    def __init__(
        self, publish: Callable[[str, Any], Awaitable[None]], end: Callable[[str, Set[Hashable]], Awaitable[None]]
    ) -> None:
        self._publish = publish
        self._end = end
        self._subscribers: Dict[str, Set[Hashable]] = {}
        self._tasks: Dict[str, "asyncio.Task[None]"] = {}

    def subscribers(self, topic: str) -> Set[Hashable]:
        return self._subscribers.get(topic, set())

    def acquire(self, topic: str, subscriber: Hashable, source: Source, params: Any) -> None:
        """Adds a subscriber. Subscribing twice is the same as once."""
        self._subscribers.setdefault(topic, set()).add(subscriber)
        if topic not in self._tasks:
            self._tasks[topic] = asyncio.create_task(self._run(topic, source, params))

    def release(self, topic: str, subscriber: Hashable) -> None:
        """Removes a subscriber, if it is one."""
        subscribers = self.subscribers(topic)
        subscribers.discard(subscriber)
        if not subscribers and topic in self._tasks:
            del self._subscribers[topic]
            self._tasks.pop(topic).cancel()

    def release_all(self, subscriber: Hashable) -> None:
        """Removes a subscriber from all topics, when its connection has closed."""
        for topic in [topic for topic, subscribers in self._subscribers.items() if subscriber in subscribers]:
            self.release(topic, subscriber)

    async def _run(self, topic: str, source: Source, params: Any) -> None:
        try:
            async for update in source(params):
                await self._publish(topic, update)
            _log.warning("The source of %s ended", topic)
        except Exception:
            _log.exception("The source of %s failed", topic)
        # Only the current task of the topic removes it: a cancelled one does not get here.
        del self._tasks[topic]
        await self._end(topic, self._subscribers.pop(topic))
