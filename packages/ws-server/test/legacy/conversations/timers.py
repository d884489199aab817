"""Heartbeat and lifespan."""

from .script import AAPL, CLOSED, Conversation, ask, wait


def timers(heartbeat: float, lifespan: float) -> list[Conversation]:
    keep_alive = [step for _ in range(3) for step in [wait(heartbeat * 0.6), *ask("bars.subscribe", AAPL)]]
    return [
        Conversation(
            "heartbeat",
            "No message within the interval. The reason gives both settings as Python writes a float.",
            "2.0",
            [*ask("bars.subscribe", AAPL), wait(heartbeat), CLOSED],
            heartbeat=heartbeat,
        ),
        Conversation(
            "heartbeat-silent",
            "The interval counts from the start of the connection too.",
            "2.0",
            [wait(heartbeat), CLOSED],
            heartbeat=heartbeat,
        ),
        Conversation(
            "heartbeat-kept",
            "A repeated subscribe is a heartbeat.",
            "2.0",
            keep_alive,
            heartbeat=heartbeat,
        ),
        Conversation(
            "lifespan",
            "The connection has lived long enough. The reason is the heartbeat's, word for word.",
            "2.0",
            [*ask("bars.subscribe", AAPL), wait(lifespan), CLOSED],
            lifespan=lifespan,
        ),
    ]
