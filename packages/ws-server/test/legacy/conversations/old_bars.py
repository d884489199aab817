"""The 1.x dialect of ``bars``, which the document's quick start and API reference speak."""

from typing import Any

from .script import BAR, CLOSED, HEAR, LATER_BAR, LEAVE, Conversation, ask, by, publish, say, told


def old(symbol: str, resolution: str | None = None) -> dict[str, Any]:
    return {"symbol": symbol, "params": {} if resolution is None else {"resolution": resolution}}


def old_bars() -> list[Conversation]:
    many = [("AAPL", "1"), ("AAPL", "D"), ("GOOGL", "5"), ("MSFT", "15")]
    return [
        Conversation(
            "1.x-quick-start",
            "The document's quick start: subscribe, the reply, a bar.",
            "1.x",
            [*ask("bars.subscribe", old("AAPL", "1")), *told("bars:AAPL:1", BAR), *told("bars:AAPL:1", LATER_BAR)],
        ),
        Conversation(
            "1.x-multi-subscription",
            # prose-ok: recorded text
            "The document's four subscriptions, sent at once: replies in order, a topic each.",
            "1.x",
            [
                *[say("bars.subscribe", old(*pair)) for pair in many],
                *[HEAR for _ in many],
                *told("bars:GOOGL:5", BAR),
                *told("bars:AAPL:D", LATER_BAR),
            ],
        ),
        Conversation(
            "1.x-unsubscribe",
            "What is published after an unsubscribe does not arrive: the next frame is another topic's.",
            "1.x",
            [
                *ask("bars.subscribe", old("AAPL", "1")),
                *ask("bars.subscribe", old("AAPL", "5")),
                *ask("bars.unsubscribe", old("AAPL", "1")),
                publish("bars:AAPL:1", BAR),
                *told("bars:AAPL:5", LATER_BAR),
            ],
        ),
        Conversation(
            "1.x-unsubscribe-not-held",
            "Unsubscribing what was never subscribed is ok.",
            "1.x",
            ask("bars.unsubscribe", old("AAPL", "1")),
        ),
        Conversation(
            "1.x-subscribe-twice",
            "Two replies, one copy of each update, and one unsubscribe ends it.",
            "1.x",
            [
                *ask("bars.subscribe", old("AAPL", "1")),
                *ask("bars.subscribe", old("AAPL", "1")),
                *told("bars:AAPL:1", BAR),
                *ask("bars.unsubscribe", old("AAPL", "1")),
                publish("bars:AAPL:1", LATER_BAR),
                *ask("bars.subscribe", old("MSFT", "1")),
            ],
        ),
        Conversation(
            "1.x-default-resolution",
            "Without a resolution it is 1, for subscribe and unsubscribe alike.",
            "1.x",
            [
                *ask("bars.subscribe", old("AAPL")),
                *told("bars:AAPL:1", BAR),
                *ask("bars.unsubscribe", old("AAPL")),
            ],
        ),
        Conversation(
            "1.x-resolution-off-the-list",
            "The resolution is any text: the server checks no list.",
            "1.x",
            ask("bars.subscribe", old("AAPL", "7")),
        ),
        Conversation(
            "1.x-extra-fields",
            "Fields that no model has are dropped, a resolution at the top among them.",
            "1.x",
            ask("bars.subscribe", {**old("AAPL", "D"), "resolution": "5", "depth": 3}),
        ),
        Conversation(
            "1.x-two-clients",
            "One topic, two clients: each update reaches both; after one has left, the other.",
            "1.x",
            [
                *by("a", *ask("bars.subscribe", old("AAPL", "1"))),
                *by("b", *ask("bars.subscribe", old("AAPL", "1"))),
                publish("bars:AAPL:1", BAR),
                *by("a", HEAR),
                *by("b", HEAR, LEAVE),
                publish("bars:AAPL:1", LATER_BAR),
                *by("a", HEAR),
            ],
        ),
        Conversation(
            "1.x-symbol-with-escapes",
            "The 1.x topic holds the symbol as it is; the frame escapes what JSON must, and no more.",
            "1.x",
            ask("bars.subscribe", old('Ä😀/"\\', "1")),
        ),
    ]


def refused_old_bars() -> list[Conversation]:
    payloads = {
        "no-symbol": ("A required field is missing.", {"params": {}}),
        "no-params": ("`params` is required, though its only field is not.", {"symbol": "AAPL"}),
        "wrong-type": ("A number is no text.", {"symbol": 5, "params": {"resolution": "1"}}),
        "null-resolution": (
            "A null is no text either: only a missing resolution has the default.",
            {"symbol": "AAPL", "params": {"resolution": None}},
        ),
    }
    return [
        Conversation(f"1.x-{name}", about, "1.x", [say("bars.subscribe", payload), CLOSED])
        for name, (about, payload) in payloads.items()
    ]
