"""One endpoint per module."""

from .script import AAPL, AAPL_TOPIC, BAR, CLOSED, FILL, HEAR, QUOTES, Conversation, ask, by, publish, say, told


def modules() -> list[Conversation]:
    return [
        Conversation(
            "module-datafeed",
            "The endpoint of a module serves its routes.",
            "2.0-modular",
            [*ask("bars.subscribe", AAPL), *ask("quotes.subscribe", QUOTES), *told(AAPL_TOPIC, BAR)],
            path="/api/v1/datafeed/ws",
        ),
        Conversation(
            "module-broker",
            "The endpoint of another module serves its own.",
            "2.0-modular",
            ask("executions.subscribe", {"accountId": "TEST-001", "symbol": "AAPL"}),
            path="/api/v1/broker/ws",
        ),
        Conversation(
            "module-wrong-route",
            "A route of another module is an unknown type, and the connection is closed.",
            "2.0-modular",
            [*ask("executions.subscribe", {"accountId": "TEST-001"}), say("bars.subscribe", AAPL), CLOSED],
            path="/api/v1/broker/ws",
        ),
        Conversation(
            "module-two-endpoints",
            "Two clients at two endpoints of one server, each with its module's updates.",
            "2.0-modular",
            [
                *by("a", *ask("bars.subscribe", AAPL), path="/api/v1/datafeed/ws"),
                *by("b", *ask("executions.subscribe", {"accountId": "TEST-001"}), path="/api/v1/broker/ws"),
                publish(AAPL_TOPIC, BAR),
                publish('executions:{"accountId":"TEST-001","symbol":""}', FILL),
                *by("a", HEAR),
                *by("b", HEAR),
            ],
        ),
    ]
