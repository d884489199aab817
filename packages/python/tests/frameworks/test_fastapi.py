import asyncio
import json
from typing import Literal

import pytest
from conftest import serving
from fastapi import FastAPI
from protocol import PARAMS, check_topics_are_shared_and_released, closing, receive, request, send
from pydantic import BaseModel
from trading_topic import TopicRoute
from trading_topic.fastapi import MAX_QUEUE, TopicRouter, _Connection


class BarsParams(BaseModel):
    symbol: str
    resolution: Literal["1", "D"]


def app_of(source, **options):
    app, router = FastAPI(), TopicRouter("/api/v1/ws", **options)
    router.serve(TopicRoute("bars", BarsParams), source)
    app.include_router(router)
    return app


def test_topics_are_shared_and_released(source, clients):
    with serving(app_of(source)) as url:
        check_topics_are_shared_and_released(url, source, clients)


def test_replies_have_the_id_of_the_request(source, clients):
    with serving(app_of(source)) as url:
        client = clients(url)
        assert request(client, "bars.subscribe", PARAMS, id="x1")["id"] == "x1"
        assert request(client, "bars.subscribe", PARAMS, id=7)["id"] == 7
        assert "id" not in request(client, "bars.subscribe", PARAMS)


@pytest.mark.parametrize(
    "frame, reason",
    [
        ("{", "Could not validate payload"),
        (b"{}", "Could not validate payload"),
        ("[" * 100_000, "Could not validate payload"),
        ("1", "Could not validate payload"),
        ({"type": 1}, "Could not validate payload"),
        ({"type": "bars.subscribe", "payload": []}, "Could not validate payload"),
        ({"type": "bars.subscribe", "payload": PARAMS, "id": "x" * 65}, "Could not validate payload"),
        ({"type": "bars.subscribe", "payload": PARAMS, "id": None}, "Could not validate payload"),
        ({"type": "bars.subscribe", "payload": PARAMS, "id": True}, "Could not validate payload"),
        ({"type": "bars.subscribe"}, "Could not validate payload"),
        ({"type": "bars.subscribe", "payload": {"symbol": "AAPL", "resolution": "7"}}, "Could not validate payload"),
        ({"type": "bars.subscribe", "payload": {"symbol": 1, "resolution": "1"}}, "Could not validate payload"),
        ({"type": "bars.subscribe", "payload": {"symbol": "AAPL"}}, "Could not validate payload"),
        ({"type": "bars.update", "payload": PARAMS}, "No matching type"),
        ({"type": "quotes.subscribe", "payload": PARAMS}, "No matching type"),
        ({"type": "bars"}, "No matching type"),
    ],
)
def test_invalid_frames_close_the_connection_after_the_earlier_replies(source, clients, frame, reason):
    with serving(app_of(source)) as url:
        client = clients(url)
        send(client, "bars.unsubscribe", PARAMS)
        client.send(json.dumps(frame) if isinstance(frame, dict) else frame)
        assert receive(client)["type"] == "bars.unsubscribe.response"
        assert closing(client) == (1003, reason)


def test_silent_and_old_connections_are_closed(source, clients):
    with serving(app_of(source, heartbeat_interval=0.1)) as url:
        reason = "Connection timed out. Heartbeat interval 0.1. Max connection lifespan 3600.0"
        assert closing(clients(url)) == (1003, reason)
    with serving(app_of(source, max_connection_lifespan=0.1)) as url:
        reason = "Connection timed out. Heartbeat interval 30.0. Max connection lifespan 0.1"
        assert closing(clients(url)) == (1003, reason)


def test_a_source_that_fails_closes_the_connections_of_its_topic(source, clients):
    with serving(app_of(source)) as url:
        client, other = clients(url), clients(url)
        request(client, "bars.subscribe", PARAMS)
        request(other, "bars.subscribe", {**PARAMS, "symbol": "MSFT"})
        assert {source.event(), source.event()} == {("start", "AAPL"), ("start", "MSFT")}
        source.publish("AAPL", {"close": 1})
        source.publish("AAPL", OSError("the market is closed"))
        assert receive(client)["payload"]["payload"] == {"close": 1}
        assert closing(client) == (1013, "The source of a topic ended")
        # Starts again for the next subscriber; the other topic was not interrupted.
        assert source.event() == ("stop", "AAPL")
        request(other, "bars.subscribe", PARAMS)
        assert source.event() == ("start", "AAPL")


def test_a_client_that_reads_too_slowly_is_closed():
    async def overflow():
        connection = _Connection(None)
        for _ in range(MAX_QUEUE):
            connection.send("x")
        assert not connection.overflow.done()
        connection.send("x")
        assert connection.overflow.done()

    asyncio.run(overflow())


def test_the_example_serves_bars(clients):
    import runpy
    from pathlib import Path

    example = Path(__file__).resolve().parents[2] / "example" / "server.py"
    assert len(example.read_text().splitlines()) <= 60
    with serving(runpy.run_path(str(example))["app"]) as url:
        client = clients(url)
        topic = request(client, "bars.subscribe", {"symbol": "AAPL", "resolution": "1"})["payload"]["topic"]
        first = receive(client)
        assert (first["type"], first["payload"]["topic"]) == ("bars.update", topic)
        assert set(first["payload"]["payload"]) == {"time", "open", "high", "low", "close", "volume"}
