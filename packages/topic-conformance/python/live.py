"""Answers for the differential tests: tagged values in, canonical texts out, many to a line.

    → {"batch":[{"a":null},{"$float":"nan"}]}
    ← {"batch":["{\\"a\\":\\"\\"}",{"error":"not_finite"}]}
    → {"input":{"a":null}}
    ← {"text":"{\\"a\\":\\"\\"}"}

With ``--json-dumps`` the texts are those of CPython's ``json.dumps`` itself, over the sorted data with None replaced:
an oracle that shares no line with the serializer. It takes only what the contract accepts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Callable, Dict

sys.path.insert(0, str(Path(__file__).resolve().parent))

from oracle import json_dumps  # noqa: E402
from tagged import decode  # noqa: E402
from topic_contract import TopicError, build_topic_params  # noqa: E402


def main() -> None:
    build = json_dumps if "--json-dumps" in sys.argv[1:] else build_topic_params
    for line in sys.stdin:
        request = json.loads(line)
        if "batch" in request:
            reply: Dict[str, Any] = {"batch": [answer(build, tagged) for tagged in request["batch"]]}
        else:
            found = answer(build, request["input"])
            reply = {"text": found} if isinstance(found, str) else found
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


def answer(build: Callable[[Any], str], tagged: Any) -> Any:
    try:
        return build(decode(tagged))
    except TopicError as error:
        return {"error": error.code}


main()
