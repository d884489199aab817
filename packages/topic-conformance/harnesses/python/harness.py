"""Drives the Python implementation over the line protocol (docs/line-protocol.md).

The serializer and the reader of tagged values are those of ``python/``, so that there is one copy of each and none can drift. To
check an implementation of your own, copy both folders, and change what ``run`` calls and what FEATURES says.
"""

import json
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

import topic_contract  # noqa: E402
from tagged import HOST_FEATURES, decode  # noqa: E402
from topic_contract import TopicError, build_topic, build_topic_params, parse_topic  # noqa: E402

# What Python has. Not "undefined" and "untyped-number": it tells int from float and has one nothing.
FEATURES = sorted(
    ["bigint", "cycle", "error-codes", "float", "length-limit", "lone-surrogate", "parse", "shared", *HOST_FEATURES]
)


def hello():
    return {
        "type": "hello",
        "protocol": 1,
        "name": "topic_contract",
        "language": f"Python {platform.python_version()}",
        "version": topic_contract.__version__,
        "features": FEATURES,
    }


def answer(case):
    try:
        return {"type": "result", "seq": case["seq"], "text": run(case)}
    except TopicError as error:
        return {"type": "result", "seq": case["seq"], "error": error.code, "message": str(error)}


def run(case):
    value = decode(case["input"])
    if case["op"] == "params":
        return build_topic_params(value)
    if case["op"] == "topic":
        return build_topic(case["route"], value)
    if case["op"] == "parse":
        return build_topic(*parse_topic(value))
    raise ValueError(f"unknown op {case['op']!r}")


def main():
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "bye":
            return
        reply = hello() if message["type"] == "hello" else answer(message)
        # json.dumps escapes all but ASCII, as the protocol asks.
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


main()
