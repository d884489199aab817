"""Valid requests of 2.0."""

import json

from .script import (
    AAPL,
    AAPL_TOPIC,
    BAR,
    HEAR,
    LATER_BAR,
    QUOTE,
    QUOTES,
    QUOTES_TOPIC,
    Conversation,
    ask,
    by,
    publish,
    say,
    text,
    told,
)


def base() -> list[Conversation]:
    subscribed = ask("bars.subscribe", AAPL)
    return [
        Conversation(
            "subscribe",
            # prose-ok: recorded text
            "Subscribe, the reply with the canonical topic, updates beside their topic.",
            "2.0",
            [*subscribed, *told(AAPL_TOPIC, BAR), *told(AAPL_TOPIC, LATER_BAR)],
        ),
        Conversation(
            "multi-subscription",
            # prose-ok: recorded text
            "Three subscriptions of two routes sent at once: replies in order, updates by topic.",
            "2.0",
            [
                say("bars.subscribe", AAPL),
                say("quotes.subscribe", QUOTES),
                say("bars.subscribe", {"symbol": "AAPL", "resolution": "D"}),
                *[HEAR] * 3,
                *told(QUOTES_TOPIC, QUOTE),
                *told('bars:{"resolution":"D","symbol":"AAPL"}', BAR),
            ],
        ),
        Conversation(
            "quotes",
            "Lists keep their order in the topic; empty lists are lists.",
            "2.0",
            [
                *ask("quotes.subscribe", {"symbols": [], "fast_symbols": ["MSFT", "AAPL"]}),
                *told('quotes:{"fast_symbols":["MSFT","AAPL"],"symbols":[]}', QUOTE),
            ],
        ),
        Conversation(
            "key-order",
            "The topic does not depend on the order or the spacing of the request.",
            "2.0",
            [text(' { "payload" : { "resolution" : "1", "symbol" : "AAPL" },\n\t"type" : "bars.subscribe" } '), HEAR],
        ),
        Conversation(
            "symbol-with-escapes",
            "The topic is ASCII; inside the frame its backslashes are escaped once more.",
            "2.0",
            ask("bars.subscribe", {"symbol": 'Ä😀/"\\', "resolution": "1"}),
        ),
        Conversation(
            "update-after-unsubscribe",
            "What is published after an unsubscribe does not arrive: the next frame is another topic's.",
            "2.0",
            [
                *subscribed,
                *ask("bars.subscribe", {"symbol": "MSFT", "resolution": "1"}),
                *ask("bars.unsubscribe", AAPL),
                publish(AAPL_TOPIC, BAR),
                *told('bars:{"resolution":"1","symbol":"MSFT"}', LATER_BAR),
            ],
        ),
        Conversation(
            "unsubscribe-not-held",
            "Unsubscribing what was never subscribed is ok.",
            "2.0",
            ask("bars.unsubscribe", AAPL),
        ),
        Conversation(
            "subscribe-twice",
            "Two replies, one copy of each update, and one unsubscribe ends it.",
            "2.0",
            [
                *subscribed,
                *subscribed,
                *told(AAPL_TOPIC, BAR),
                *ask("bars.unsubscribe", AAPL),
                publish(AAPL_TOPIC, LATER_BAR),
                *ask("bars.subscribe", {"symbol": "MSFT", "resolution": "1"}),
            ],
        ),
        Conversation(
            "subscribe-again",
            "A topic that was left can be taken again.",
            "2.0",
            [*subscribed, *ask("bars.unsubscribe", AAPL), *subscribed, *told(AAPL_TOPIC, BAR)],
        ),
        Conversation(
            "two-clients",
            "One topic, two clients: each update reaches both; after one has unsubscribed, the other.",
            "2.0",
            [
                *by("a", *subscribed),
                *by("b", *subscribed),
                publish(AAPL_TOPIC, BAR),
                *by("a", HEAR),
                *by("b", HEAR, *ask("bars.unsubscribe", AAPL)),
                publish(AAPL_TOPIC, LATER_BAR),
                *by("a", HEAR),
            ],
        ),
        Conversation(
            "strangers-unsubscribe",
            "Requests are counted: b, who holds nothing, unsubscribes, and a gets no more. Its next frame is a reply.",
            "2.0",
            [
                *by("a", *subscribed),
                *by("b", *ask("bars.unsubscribe", AAPL)),
                publish(AAPL_TOPIC, BAR),
                *by("a", *ask("bars.subscribe", {"symbol": "MSFT", "resolution": "1"})),
            ],
        ),
        Conversation(
            "id",
            "An id is ignored: the reply has none.",
            "2.0",
            [*ask("bars.subscribe", AAPL, id="r1"), *ask("bars.unsubscribe", AAPL, id=7)],
        ),
        Conversation(
            "extra-keys",
            "Members that the envelope does not have are ignored, whatever they are.",
            "2.0",
            ask("bars.subscribe", AAPL, id={"not": "an id"}, resume={"epoch": 1}, trace=None),
        ),
        Conversation(
            "extra-fields",
            "Fields that the payload's model does not have are dropped, and are not in the topic.",
            "2.0",
            ask("bars.subscribe", {**AAPL, "params": {"resolution": "5"}, "depth": 3}),
        ),
        Conversation(
            "repeated-key",
            "Of a key given twice the last counts.",
            "2.0",
            [
                text(
                    '{"type":"nothing","type":"bars.subscribe","payload":{"symbol":"X","symbol":"AAPL","resolution":"1"}}'
                ),
                HEAR,
            ],
        ),
        Conversation(
            "not-a-number",
            "NaN, which JSON does not have, passes in a field that is dropped.",
            "2.0",
            [text('{"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"1","depth":NaN}}'), HEAR],
        ),
        Conversation(
            "deep",
            "So does what is nested 40 deep.",
            "2.0",
            ask("bars.subscribe", {**AAPL, "depth": json.loads("[" * 40 + "]" * 40)}),
        ),
        Conversation(
            "protocol-in-the-url",
            "A query that asks for our extension is ignored: the first frame is a reply.",
            "2.0",
            ask("bars.subscribe", AAPL),
            path="/api/v1/ws?protocol=2",
        ),
        Conversation(
            "unchecked-values",
            "Texts have no checks: an empty symbol and an unknown resolution make a topic.",
            "2.0",
            ask("bars.subscribe", {"symbol": "", "resolution": "7"}),
        ),
    ]
