from typing import Annotated, Literal, Optional

import pytest
from conftest import serving
from fastapi import Depends, FastAPI
from fastws import Client
from protocol import PARAMS, check_topics_are_shared_and_released, closing, receive, request
from pydantic import BaseModel
from trading_topic import ContractError, TopicRoute
from trading_topic.fastws import TopicFastWS, TopicRouter


class BarsParams(BaseModel):
    symbol: str
    resolution: Literal["1", "D"]


class Bar(BaseModel):
    close: float


def app_of(source):
    app, ws_app = FastAPI(), TopicFastWS()
    ws_app.include_router(TopicRouter(TopicRoute("bars", BarsParams), Bar, source, tags=["datafeed"]))
    ws_app.setup(app)

    @app.websocket("/api/v1/ws")
    async def endpoint(client: Annotated[Client, Depends(ws_app.manage)]):
        await ws_app.serve(client)

    return app, ws_app


def test_topics_are_shared_and_released(source, clients):
    with serving(app_of(source)[0]) as url:
        check_topics_are_shared_and_released(url, source, clients)


def test_a_source_that_fails_closes_the_connections_of_its_topic(source, clients):
    with serving(app_of(source)[0]) as url:
        client = clients(url)
        request(client, "bars.subscribe", PARAMS)
        assert source.event() == ("start", "AAPL")
        source.publish("AAPL", Bar(close=1))
        source.publish("AAPL", OSError("the market is closed"))
        assert receive(client)["payload"]["payload"] == {"close": 1.0}
        assert closing(client)[0] == 1013


def test_the_document_has_the_operations(source):
    document = app_of(source)[1].asyncapi()
    assert set(document["channels"]["/"]) >= {"publish", "subscribe"}
    assert "bars.subscribe" in str(document)


def test_params_off_the_contract_stop_the_program_at_its_start(source):
    class Params(BaseModel):
        symbol: Optional[str] = None

    with pytest.raises(ContractError, match="/symbol is optional"):
        TopicRouter(TopicRoute("bars", Params), Bar, source)
