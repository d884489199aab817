"""Generates the vectors: ``python3 generate.py``. With ``--check``, compares the existing files instead."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cases import (  # noqa: E402
    contract_table,
    floats,
    generated,
    integers,
    keys,
    naughty_strings,
    nesting,
    parse,
    refused,
    routes,
    strings,
)
from cases.case import Case  # noqa: E402
from float_set import COUNTS, SEED, hashes  # noqa: E402
from tagged import decode, encode, features  # noqa: E402
from topic_contract import TopicError, build_topic, build_topic_params, parse_topic  # noqa: E402
from topic_contract.limits import MAX_LENGTH  # noqa: E402

VERSION = "1.1.0"
VECTORS = Path(__file__).resolve().parent.parent / "vectors"

#: The number of cases of each theme in earlier versions. Ids are never reassigned and new cases are added at the end of a
#: theme, so these numbers are the requirements of that version, and every later case has the field ``since``.
EARLIER: Dict[str, Dict[str, int]] = {
    "1.0.0": {
        "contract-table": 43,
        "numbers": 138,
        "floats": 875,
        "strings": 248,
        "naughty-strings": 350,
        "keys": 390,
        "nesting": 68,
        "routes": 258,
        "refused": 85,
        "parse": 571,
        "generated": 600,
    },
}

THEMES: Dict[str, ModuleType] = {
    "contract-table": contract_table,
    "numbers": integers,
    "floats": floats,
    "strings": strings,
    "naughty-strings": naughty_strings,
    "keys": keys,
    "nesting": nesting,
    "routes": routes,
    "refused": refused,
    "parse": parse,
    "generated": generated,
}


def main(arguments: List[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 at the first difference")
    check = parser.parse_args(arguments).check
    if check:
        return compare(all_files())
    written = set()
    for name, data in all_files():
        (VECTORS / name).write_bytes(data)
        written.add(name)
    for stale in sorted(on_disk() - written):
        (VECTORS / stale).unlink()
    return 0


def all_files() -> Iterator[Tuple[str, bytes]]:
    """Generates the name and content of each file in vectors/. The manifest is the last one."""
    entries: List[Dict[str, Any]] = []
    for theme, module in THEMES.items():
        lines = [dump(vector(theme, module.PREFIX, index, case)) for index, case in enumerate(module.cases(), 1)]
        data = "".join(f"{line}\n" for line in lines).encode("ascii")
        name = f"{theme}.jsonl"
        yield name, data
        entries.append({"name": name, "cases": len(lines), "sha256": hashlib.sha256(data).hexdigest()})
    float_hashes = {str(count): digest for count, digest in hashes(COUNTS).items()}
    manifest = {
        "version": VERSION,
        "total": sum(entry["cases"] for entry in entries),
        "versions": [*EARLIER, VERSION],
        "files": entries,
        "floats": {"generator": "xorshift64", "seed": str(SEED), "sha256": float_hashes},
    }
    yield "manifest.json", (json.dumps(manifest, indent=2) + "\n").encode("ascii")


def vector(theme: str, prefix: str, index: int, case: Case) -> Dict[str, Any]:
    """Returns the content of the line of a case.

    :raises AssertionError: if the expected result of the case differs from the result of the reference
    """
    tagged = encode(case.value)
    required = set(features(tagged))
    expected = expectation(case, tagged)
    if case.op == "parse":
        required.add("parse")
        if "text" in expected:
            # Parsing must preserve the values of the parameters, so their features are required, too.
            required.update(features(encode(parse_topic(expected["text"]).params)))
    if expected.get("refused") == "too_long" or expected.get("length") == MAX_LENGTH:
        required.add("length-limit")
    return {
        "id": f"{prefix}-{index:04d}",
        "op": case.op,
        **({"route": case.route} if case.route is not None else {}),
        "features": sorted(required),
        "input": tagged,
        "expect": expected,
        "why": case.why,
        "source": case.source,
        **since(theme, index),
    }


def since(theme: str, index: int) -> Dict[str, str]:
    """Returns the field ``since`` of a case: the version that added it. Cases of the first version do not have it."""
    versions = [*EARLIER, VERSION]
    added = next((at for at, version in enumerate(EARLIER) if index <= EARLIER[version].get(theme, 0)), len(EARLIER))
    return {"since": versions[added]} if added > 0 else {}


def expectation(case: Case, tagged: Any) -> Dict[str, Any]:
    """Returns the field ``expect`` of a case: the result of the reference, checked against the one in the case."""
    declared: Optional[Dict[str, Any]] = None
    if case.refused is not None:
        declared = {"refused": case.refused}
    elif case.text is not None:
        declared = {"text": case.text, "hex": case.text.encode("ascii").hex()}
    try:
        text = run(case, decode(tagged))
        data = text.encode("ascii")
        if case.hashed:
            return {"length": len(text), "sha256": hashlib.sha256(data).hexdigest()}
        found: Dict[str, Any] = {"text": text, "hex": data.hex()}
    except TopicError as error:
        found = {"refused": error.code}
    except KeyError:
        # The reference cannot check a host value that Python does not have.
        assert declared is not None, f"{dump(tagged)}: Python does not have this value, so set text or refused"
        return declared
    assert declared is None or declared == found, f"{case.why}: expected {declared}, the reference returns {found}"
    assert case.refused is not None or "text" in found, f"{case.why}: the reference returns {found}, so set refused"
    return found


def run(case: Case, value: Any) -> str:
    if case.op == "parse":
        return build_topic(*parse_topic(value))
    return build_topic_params(value) if case.route is None else build_topic(case.route, value)


def dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def on_disk() -> Set[str]:
    return {path.name for path in VECTORS.glob("*.jsonl")} | {path.name for path in VECTORS.glob("manifest.json")}


def compare(files: Iterable[Tuple[str, bytes]]) -> int:
    left_over = on_disk()
    for name, expected in files:
        if name not in left_over:
            return report_difference(f"{name} is missing")
        left_over.remove(name)
        found = (VECTORS / name).read_bytes()
        if found != expected:
            pairs = enumerate(zip(found, expected))
            at = next((at for at, (left, right) in pairs if left != right), min(len(found), len(expected)))
            line = expected[:at].count(b"\n") + 1
            excerpts = f"found {found[at:at + 20]!r}, expected {expected[at:at + 20]!r}"
            return report_difference(f"{name} differs at byte {at} (line {line}): {excerpts}")
    if left_over:
        return report_difference(f"{min(left_over)} is not a generated file")
    print("The vectors are up to date.")
    return 0


def report_difference(message: str) -> int:
    print(f"{message}\nRun python3 {Path(__file__).name} and review the changes.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
