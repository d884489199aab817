"""The one route with an optional field."""

from .script import FILL, Conversation, ask, publish, told


def executions() -> list[Conversation]:
    one, every = ({"accountId": "TEST-001", "symbol": symbol} for symbol in ("AAPL", None))
    one_topic, every_topic = (f'executions:{{"accountId":"TEST-001","symbol":"{symbol}"}}' for symbol in ("AAPL", ""))
    return [
        Conversation(
            "executions",
            "With a symbol, the topic of that symbol.",
            "2.0",
            [*ask("executions.subscribe", one), *told(one_topic, FILL), *ask("executions.unsubscribe", one)],
        ),
        Conversation(
            "executions-without-symbol",
            'Left out, the symbol is the model\'s None, and that is "" in the topic.',
            "2.0",
            [
                *ask("executions.subscribe", {"accountId": "TEST-001"}),
                *told(every_topic, FILL),
                *ask("executions.unsubscribe", {"accountId": "TEST-001"}),
                publish(every_topic, FILL),
                *ask("executions.subscribe", one),
            ],
        ),
        Conversation(
            "executions-null-symbol",
            'A symbol of null is "" in the topic.',
            "2.0",
            [*ask("executions.subscribe", every), *told(every_topic, FILL)],
        ),
        Conversation(
            "executions-empty-symbol",
            "An empty symbol makes the topic that null makes.",
            "2.0",
            [*ask("executions.subscribe", {**one, "symbol": ""}), *told(every_topic, FILL)],
        ),
        Conversation(
            "executions-three-ways",
            "Left out, null and empty are one subscription: an update comes once, and one unsubscribe ends it.",
            "2.0",
            [
                *ask("executions.subscribe", {"accountId": "TEST-001"}),
                *ask("executions.subscribe", every),
                *ask("executions.subscribe", {**one, "symbol": ""}),
                *told(every_topic, FILL),
                *ask("executions.unsubscribe", every),
                publish(every_topic, FILL),
                *ask("executions.subscribe", one),
            ],
        ),
        Conversation(
            "executions-topics-apart",
            "The topic of a symbol and the topic of all are two: an update goes to its own topic only.",
            "2.0",
            [
                *ask("executions.subscribe", one),
                *ask("executions.subscribe", every),
                *told(every_topic, FILL),
                *told(one_topic, FILL),
            ],
        ),
    ]
