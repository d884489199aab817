"""The harness of the Python implementation. It speaks the line protocol (docs/line-protocol.md).

``topic-conformance init python`` copies it together with the serializer and the decoder of tagged values. To test your own
implementation, call it in ``run``, and adapt FEATURES.
"""

import json
import platform
import sys
from pathlib import Path

# In the package itself, the other modules are in the folder python. A copy has them next to this file.
sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "python"))

import topic_contract  # noqa: E402
from tagged import HOST_FEATURES, decode  # noqa: E402
from topic_contract import TopicError, build_topic, build_topic_params, parse_topic  # noqa: E402

# Python has separate int and float types and no undefined, so "untyped-number" and "undefined" are not declared.
FEATURES = sorted(
    ["batch", "bigint", "cycle", "error-codes", "float", "length-limit", "lone-surrogate", "parse", "shared", *HOST_FEATURES]
)


def hello(_):
    return {
        "type": "hello",
        "protocol": 1,
        "name": "topic_contract",
        "language": f"Python {platform.python_version()}",
        "version": topic_contract.__version__,
        "features": FEATURES,
    }


def run_case(case):
    try:
        return {"type": "result", "seq": case["seq"], "text": run(case)}
    except TopicError as error:
        return {"type": "result", "seq": case["seq"], "error": error.code, "message": str(error)}


def run_batch(batch):
    results = [run_case({"seq": 0, "op": "params", "input": tagged}) for tagged in batch["inputs"]]
    texts = [result["text"] if "text" in result else {"error": result["error"]} for result in results]
    return {"type": "batch", "seq": batch["seq"], "results": texts}


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
        reply = {"case": run_case, "batch": run_batch, "hello": hello}[message["type"]](message)
        # json.dumps escapes non-ASCII characters, as the protocol requires.
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


main()
