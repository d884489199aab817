"""A pytest plugin: ``pytest --trading-conformance`` tests the topics of a program against the vectors of the contract.

The vectors are those of the npm package ``@trading/topic-conformance``, which ``npm install`` puts into ``node_modules`` of
the tests' root folder or of a folder above it. Settings of ``pytest.ini`` or ``pyproject.toml``:

- ``trading_conformance_kit``: the folder of that package, if it is somewhere else
- ``trading_conformance_module``: the module with ``build_topic``, ``build_topic_params``, and optionally ``parse_topic``,
  that is tested; default ``trading_topic``

``--trading-conformance-url ws://127.0.0.1:8000/api/v1/ws`` also tests a running server, with the command
``topic-conformance wire server`` of the same package. ``--trading-conformance-control`` is the URL of its control endpoint, which
more scenarios need (docs/wire.md of that package). ``--trading-conformance-app server:app`` starts the ASGI app ``app`` of the module
``server`` for this test, with uvicorn on a free port; the URL is then the path of its endpoint, ``/api/v1/ws`` by default.
"""

from __future__ import annotations

import hashlib
import contextlib
import importlib
import json
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Iterator, List, Optional

import pytest

_NAME = "@trading/topic-conformance"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("trading-topic")
    group.addoption("--trading-conformance", action="store_true", help="run the vectors of the topic contract")
    group.addoption("--trading-conformance-url", metavar="URL", help="also test the server at this WebSocket URL")
    group.addoption("--trading-conformance-control", metavar="URL", help="the control endpoint of that server")
    group.addoption(
        "--trading-conformance-app", metavar="MODULE:APP", help="start this ASGI app, and test it; needs uvicorn"
    )
    parser.addini("trading_conformance_kit", f"folder of the npm package {_NAME}")
    parser.addini("trading_conformance_module", "module whose build_topic_params is tested", default="trading_topic")


def pytest_collection(session: pytest.Session) -> None:
    if session.config.getoption("--trading-conformance"):
        # Fails before any test runs, because a run without vectors would pass without testing anything.
        session.config.stash[_KIT] = find_kit(session.config)


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: List[pytest.Item]) -> None:
    kit = config.stash.get(_KIT, None)
    if kit is None:
        return
    node = Vectors.from_parent(session, name="trading-conformance", kit=kit, path=kit)
    items.extend(node.collect())


_KIT = pytest.StashKey[Path]()


def find_kit(config: pytest.Config) -> Path:
    """Returns the folder of the vectors' package."""
    configured = config.getini("trading_conformance_kit")
    if configured:
        candidates = [(config.inipath or config.rootpath / "pytest.ini").parent / configured]
    else:
        root = config.rootpath
        candidates = [folder / "node_modules" / _NAME for folder in (root, *root.parents)]
    for candidate in candidates:
        if (candidate / "vectors" / "manifest.json").is_file():
            return Path(candidate).resolve()
    raise pytest.UsageError(
        f"--trading-conformance: found no vectors in {candidates[0]}"
        + ("" if configured else " and the folders above")
        + f". Run npm install --save-dev {_NAME}, or set trading_conformance_kit"
    )


class Vectors(pytest.Collector):
    """One test for each vector that Python supports, and one for the server."""

    def __init__(self, kit: Path, **options: Any) -> None:
        super().__init__(**options)
        self.kit = kit

    def collect(self) -> Iterator[pytest.Item]:
        module = importlib.import_module(self.config.getini("trading_conformance_module"))
        tagged = _tagged_values(self.kit)
        unsupported = {"untyped-number", "undefined"}
        if not hasattr(module, "parse_topic"):
            unsupported.add("parse")
        for file in sorted((self.kit / "vectors").glob("*.jsonl")):
            for line in file.read_text("ascii").splitlines():
                vector = json.loads(line)
                hosts = {feature for feature in vector["features"] if feature.startswith("host-")}
                if unsupported.isdisjoint(vector["features"]) and hosts <= set(tagged.HOST_FEATURES):
                    yield VectorItem.from_parent(self, name=vector["id"], vector=vector, module=module, tagged=tagged)
        url = self.config.getoption("--trading-conformance-url")
        app = self.config.getoption("--trading-conformance-app")
        if url or app:
            control = self.config.getoption("--trading-conformance-control")
            yield WireItem.from_parent(self, name="wire", url=url or "/api/v1/ws", control=control, app=app)


def _tagged_values(kit: Path) -> Any:
    folder = str(kit / "python")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module("tagged")


class ConformanceFailure(Exception):
    """A text or an error that differs from the vector. The message is the whole report."""


class _Item(pytest.Item):
    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Optional[Any] = None) -> Any:
        if isinstance(excinfo.value, ConformanceFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class VectorItem(_Item):
    def __init__(self, vector: Any, module: Any, tagged: Any, **options: Any) -> None:
        super().__init__(**options)
        self.vector = vector
        self.module = module
        self.tagged = tagged

    def runtest(self) -> None:
        refused = self.vector["expect"].get("refused")
        try:
            text = self._build()
        # Every implementation has its own error class.
        except ValueError as error:
            if refused is None:
                raise self._failure(f"{type(error).__name__}: {error}") from None
            code = getattr(error, "code", refused)
            if code != refused:
                raise self._failure(f"the error {code}") from None
        else:
            if refused is not None or not self._matches(text):
                raise self._failure(f"{len(text)} characters: {text[:200]!r}")

    def _matches(self, text: str) -> bool:
        expect = self.vector["expect"]
        if "text" in expect:
            return bool(text == expect["text"])
        # A long text is in the vectors as a hash.
        data = text.encode("utf-8", "surrogatepass")
        return bool(len(data) == expect["length"] and hashlib.sha256(data).hexdigest() == expect["sha256"])

    def _build(self) -> Any:
        value = self.tagged.decode(self.vector["input"])
        if self.vector["op"] == "params":
            return self.module.build_topic_params(value)
        if self.vector["op"] == "topic":
            return self.module.build_topic(self.vector["route"], value)
        return self.module.build_topic(*self.module.parse_topic(value))

    def _failure(self, actual: str) -> ConformanceFailure:
        expect = self.vector["expect"]
        if "text" in expect:
            expected = f"{len(expect['text'])} characters: {expect['text'][:200]!r}"
        elif "refused" in expect:
            expected = f"the error {expect['refused']}"
        else:
            expected = f"{expect['length']} characters with the SHA-256 {expect['sha256']}"
        why = f"{self.vector['why']} ({self.vector['source']})"
        return ConformanceFailure(f"{self.name}: {why}\n  expected  {expected}\n  actual    {actual}")

    def reportinfo(self) -> Any:
        return self.path, None, f"trading-conformance {self.name}"


class WireItem(_Item):
    """Tests a server with the command of the npm package: a running one, or an app that it starts."""

    def __init__(self, url: str, control: Optional[str], app: Optional[str], **options: Any) -> None:
        super().__init__(**options)
        self.url = url
        self.control = control
        self.app = app

    def runtest(self) -> None:
        with _running(self.app) as base:
            self._test(base)

    def _test(self, base: str) -> None:
        program = self.path / "bin" / "topic-conformance.js"
        command = ["node", str(program), "wire", "server", "--url", base + self.url]
        if self.control:
            command += ["--control", self.control]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            raise ConformanceFailure(f"{' '.join(command)} exited with {result.returncode}\n{result.stdout}{result.stderr}")

    def reportinfo(self) -> Any:
        return self.path, None, f"trading-conformance wire {self.app or self.url}"


@contextlib.contextmanager
def _running(app: Optional[str]) -> Iterator[str]:
    """Runs an ASGI app, ``module:app``, in a thread. Yields the beginning of its URLs; without an app, an empty text."""
    if app is None:
        yield ""
        return
    import uvicorn
    from uvicorn.importer import ImportFromStringError, import_from_string

    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        loaded = import_from_string(app)
    except ImportFromStringError as error:
        raise ConformanceFailure(f"--trading-conformance-app: {error}") from None
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(loaded, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        # Connections wait in the listener's queue until the app has started.
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
