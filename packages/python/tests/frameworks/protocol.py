"""The guarantees of the base protocol that every adapter has to fulfil, and a small client."""

import json
from typing import Any

from conftest import TIMEOUT

TOPIC = 'bars:{"resolution":"1","symbol":"AAPL"}'
PARAMS = {"symbol": "AAPL", "resolution": "1"}


def send(client: Any, type: str, payload: Any, **others: Any) -> None:
    client.send(json.dumps({"type": type, "payload": payload, **others}))


def receive(client: Any) -> Any:
    return json.loads(client.recv(timeout=TIMEOUT))


def request(client: Any, type: str, payload: Any, **others: Any) -> Any:
    send(client, type, payload, **others)
    return receive(client)


def update(close: float) -> Any:
    return {"type": "bars.update", "payload": {"topic": TOPIC, "payload": {"close": close}}}


def check_topics_are_shared_and_released(url: str, source: Any, clients: Any) -> None:
    first, second = clients(url), clients(url)
    reply = request(first, "bars.subscribe", {**PARAMS, "unknown": 1})
    assert reply["type"] == "bars.subscribe.response"
    assert reply["payload"] == {"status": "ok", "message": "Subscribed", "topic": TOPIC}
    assert source.event() == ("start", "AAPL")
    # Subscribed twice, but one copy of each update; a second client uses the same source.
    request(first, "bars.subscribe", PARAMS)
    request(second, "bars.subscribe", PARAMS)
    source.publish("AAPL", {"close": 1.5})
    source.publish("AAPL", {"close": 2.5})
    for client in (first, second):
        assert [receive(client), receive(client)] == [update(1.5), update(2.5)]
    reply = request(first, "bars.unsubscribe", PARAMS)
    assert reply["payload"] == {"status": "ok", "message": "Unsubscribed", "topic": TOPIC}
    # Not subscribed any more: the reply comes first.
    source.publish("AAPL", {"close": 3.5})
    assert receive(second) == update(3.5)
    assert request(first, "bars.unsubscribe", PARAMS)["type"] == "bars.unsubscribe.response"
    # A client that disconnects releases its topics. So the next subscriber starts the source again.
    second.close()
    assert source.event() == ("stop", "AAPL")
    request(first, "bars.subscribe", PARAMS)
    assert source.event() == ("start", "AAPL")


def closing(client: Any) -> Any:
    """Returns the code and the reason with which the server closes the connection."""
    try:
        client.recv(timeout=TIMEOUT)
    except Exception:
        pass
    return client.close_code, client.close_reason
