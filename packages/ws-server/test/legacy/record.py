"""Records a running FastWS 0.1.7: ``python record.py``, or with ``--check`` to compare with the existing files."""

import argparse
import asyncio
import json
import socket
import sys
import urllib.request
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, AsyncIterator

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from conversations import Conversation, conversations
from legacy_app import ASYNCAPI_PATH, LegacyApp

RECORDINGS = Path(__file__).resolve().parent / "recordings"
PATIENCE_SECONDS = 10


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file differs")
    parser.add_argument("--heartbeat", type=float, default=0.5, help="seconds, for the conversations that wait for it")
    parser.add_argument("--lifespan", type=float, default=0.5, help="seconds, for the conversations that wait for it")
    options = parser.parse_args(arguments)
    try:
        files = asyncio.run(record_all(conversations(options.heartbeat, options.lifespan)))
    except AssertionError as problem:
        print(problem, file=sys.stderr)
        return 1
    if options.check:
        return compare(files)
    for old in RECORDINGS.glob("*.json"):
        old.unlink()
    RECORDINGS.mkdir(exist_ok=True)
    for name, data in files.items():
        (RECORDINGS / name).write_bytes(data)
    print(f"{len(files)} files written")
    return 0


def compare(files: dict[str, bytes]) -> int:
    there = {path.name: path.read_bytes() for path in RECORDINGS.glob("*.json")}
    different = sorted(name for name in files.keys() | there.keys() if files.get(name) != there.get(name))
    for name in different:
        state = "is missing" if name not in there else "is not recorded any more" if name not in files else "differs"
        print(f"recordings/{name} {state}", file=sys.stderr)
    print(f"{len(files)} files recorded, {len(different)} different from what is there")
    return 1 if different else 0


async def record_all(scripts: list[Conversation]) -> dict[str, bytes]:
    files = {}
    for script in scripts:
        files[f"{script.name}.json"] = to_json(await record(script))
    async with running(LegacyApp("2.0", 30.0, 3600.0)) as address:
        document = await asyncio.to_thread(urllib.request.urlopen, f"http://{address}{ASYNCAPI_PATH}")
        with document:
            files["asyncapi.json"] = to_json(json.load(document))
    return files


async def record(script: Conversation) -> dict[str, Any]:
    """Runs a conversation against a new server and fills in the server's frames.

    Raises AssertionError if the server sends fewer or more frames than the script expects.
    """
    app = LegacyApp(script.shape, script.heartbeat, script.lifespan)
    async with running(app) as address:
        clients: dict[str, ClientConnection] = {}
        steps = []
        for step in script.steps:
            client = step.get("client", "")
            if "publish" not in step and client not in clients:
                path = step.get("path", script.path)
                clients[client] = await connect(f"ws://{address}{path}", ping_interval=None, compression=None)
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    steps.append(await run(step, app, clients.get(client)))
            except (TimeoutError, ConnectionClosed) as problem:
                raise AssertionError(f"{script.name}, step {len(steps)} {step}: {problem!r}") from problem
        for name, client in clients.items():
            await expect_nothing_more(client, f"{script.name}, client {name!r}")
    return {
        "name": script.name,
        "about": script.about,
        "origin": script.shape,
        "heartbeatInterval": script.heartbeat,
        "maxConnectionLifespan": script.lifespan,
        "path": script.path,
        "steps": steps,
    }


async def run(step: dict[str, Any], app: LegacyApp, client: ClientConnection | None) -> dict[str, Any]:
    """Does a step, and returns it as recorded."""
    match step:
        case {"publish": {"topic": topic, "update": update}}:
            app.publish(topic, update)
        case {"send": text}:
            await client.send(text)
        case {"sendBytes": digits}:
            await client.send(bytes.fromhex(digits))
        case {"wait": seconds}:
            await asyncio.sleep(seconds)
        case {"leave": _}:
            await client.close()
        case {"receive": _}:
            return {**step, "receive": await client.recv()}
        case {"close": _}:
            await client.wait_closed()
            return {**step, "close": {"code": client.close_code, "reason": client.close_reason}}
    return step


async def expect_nothing_more(client: ClientConnection, where: str) -> None:
    await client.close()
    try:
        frame = await client.recv()
    except ConnectionClosed:
        return
    raise AssertionError(f"{where}: unexpected frame {frame!r}")


@asynccontextmanager
async def running(app: LegacyApp) -> AsyncIterator[str]:
    """Serves the app on a free port and yields its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app.app, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield "127.0.0.1:{}".format(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await task
        app.stop()


def to_json(value: Any) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode("ascii")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
