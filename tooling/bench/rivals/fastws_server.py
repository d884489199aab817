"""A FastWS server with the operations of the bench. Prints its port, and publishes each line of stdin: a symbol, a space and a bar."""

import asyncio
import socket
import sys
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI
from fastws import Client, FastWS, Message
from pydantic import BaseModel, TypeAdapter


class Params(BaseModel):
    symbol: str
    resolution: str


class Reply(BaseModel):
    status: str
    message: str
    topic: str


class Bar(BaseModel):
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: int


class Update(BaseModel):
    topic: str
    payload: Bar


service = FastWS()
bar = TypeAdapter(Bar)


def topic_of(symbol: str) -> str:
    return f'bars:{{"resolution":"1","symbol":"{symbol}"}}'


@service.send("bars.subscribe", reply="bars.subscribe.response")
async def subscribe(payload: Params, client: Client) -> Reply:
    client.subscribe(payload.symbol)
    return Reply(status="ok", message="Subscribed", topic=topic_of(payload.symbol))


@service.recv("bars.update")
async def update(payload: Update) -> Update:
    return payload


app = FastAPI()
service.setup(app)


@app.websocket("/")
async def endpoint(client: Annotated[Client, Depends(service.manage)]) -> None:
    await service.serve(client)


async def publish_lines() -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        symbol, json = line.split(b" ", 1)
        payload = {"topic": topic_of(symbol.decode()), "payload": bar.validate_json(json).model_dump()}
        await service.server_send(Message(type="bars.update", payload=payload), topic=symbol.decode())


async def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1_024)
    print(listener.getsockname()[1], flush=True)
    options = {"log_level": "error", "ws_ping_interval": None, "ws_per_message_deflate": False}
    server = uvicorn.Server(uvicorn.Config(app, **options))
    publishing = asyncio.create_task(publish_lines())
    await server.serve(sockets=[listener])
    await publishing


asyncio.run(main())
