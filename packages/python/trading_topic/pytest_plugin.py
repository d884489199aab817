"""A pytest plugin: ``pytest --trading-conformance`` tests the topics of a program against the vectors of the contract.

The vectors are those of the npm package ``@trading/topic-conformance``, which ``npm install`` puts into ``node_modules`` of
the tests' root folder or of a folder above it. Settings of ``pytest.ini`` or ``pyproject.toml``:

- ``trading_conformance_kit``: the folder of that package, if it is somewhere else
- ``trading_conformance_module``: the module with ``build_topic``, ``build_topic_params``, and optionally ``parse_topic``,
  that is tested; default ``trading_topic``

``--trading-conformance-url ws://127.0.0.1:8000/api/v1/ws`` also tests a running server, with the command
``topic-conformance wire server`` of the same package. ``--trading-conformance-control`` is the URL of its control endpoint, which
more scenarios need (docs/wire.md of that package).
"""

from __future__ import annotations

import hashlib
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator, List, Optional

import pytest

_NAME = "@trading/topic-conformance"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("trading-topic")
    group.addoption("--trading-conformance", action="store_true", help="run the vectors of the topic contract")
    group.addoption("--trading-conformance-url", metavar="URL", help="also test the server at this WebSocket URL")
    group.addoption("--trading-conformance-control", metavar="URL", help="the control endpoint of that server")
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
        if url:
            control = self.config.getoption("--trading-conformance-control")
            yield WireItem.from_parent(self, name="wire", url=url, control=control)


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
    """Tests a running server with the command of the npm package."""

    def __init__(self, url: str, control: Optional[str], **options: Any) -> None:
        super().__init__(**options)
        self.url = url
        self.control = control

    def runtest(self) -> None:
        program = self.path / "bin" / "topic-conformance.js"
        command = ["node", str(program), "wire", "server", "--url", self.url]
        if self.control:
            command += ["--control", self.control]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            raise ConformanceFailure(f"{' '.join(command)} exited with {result.returncode}\n{result.stdout}{result.stderr}")

    def reportinfo(self) -> Any:
        return self.path, None, f"trading-conformance wire {self.url}"
