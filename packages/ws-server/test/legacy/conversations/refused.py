"""Frames that end a connection."""

from .script import AAPL, BAR, CLOSED, QUOTES, Conversation, Step, ask, say, text


def refused() -> list[Conversation]:
    """Frames that end the connection. Each is sent after a subscribe that works, so that the frame is the cause."""
    frames: dict[str, tuple[str, Step]] = {
        "not-json": ("What is not JSON.", text("not json")),
        "empty-frame": ("A frame without text.", text("")),
        "not-an-object": ("JSON, but no envelope.", text('["bars.subscribe"]')),
        "no-type": ("An envelope without type.", text('{"payload":{}}')),
        "null-type": ("A type that is null.", text('{"type":null}')),
        "number-type": ("A type that is a number is one that nothing matches.", text('{"type":5}')),
        # prose-ok: recorded text
        "unknown-type": ("An operation that nobody registered.", say("unknown.operation", {})),
        "unknown-route": ("A route that is not served.", say("trades.subscribe", {"symbol": "AAPL"})),
        "empty-type": ("A type of no characters.", say("", {})),
        "update-from-a-client": ("A RECEIVE operation is not a client's to send.", say("bars.update", BAR)),
        "ping": ("The session extension's ping is an unknown type here.", say("ping")),
        "no-payload": ("A payload is left out.", say("bars.subscribe")),
        "null-payload": ("A payload of null.", say("bars.subscribe", None)),
        "empty-payload": ("A payload without fields.", say("bars.subscribe", {})),
        "list-payload": ("A payload that is no object.", say("bars.subscribe", ["AAPL", "1"])),
        "missing-field": ("One field of two.", say("bars.subscribe", {"symbol": "AAPL"})),
        "wrong-type": ("A number where a text belongs.", say("bars.subscribe", {"symbol": "AAPL", "resolution": 1})),
        "null-field": ("A null where a text belongs.", say("bars.subscribe", {"symbol": None, "resolution": "1"})),
        "text-for-a-list": ("A text where a list belongs.", say("quotes.subscribe", {**QUOTES, "symbols": "AAPL"})),
        "unsubscribe-missing-field": ("Unsubscribe is checked in the same way.", say("bars.unsubscribe", {})),
        "lone-surrogate": (
            "Half a surrogate pair, escaped, is not JSON to the server.",
            text('{"type":"bars.subscribe","payload":{"symbol":"\\ud800","resolution":"1"}}'),
        ),
        "bytes": ("A binary frame, though its bytes are a request.", {"sendBytes": b'{"type":"bars.subscribe"}'.hex()}),
    }
    return [
        Conversation(name, f"{about} The connection is closed.", "2.0", [*ask("bars.subscribe", AAPL), frame, CLOSED])
        for name, (about, frame) in frames.items()
    ]
