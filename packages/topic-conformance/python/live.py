"""Returns canonical texts of tagged values, for differential tests. A line can contain a batch of values.

    → {"batch":[{"a":null},{"$float":"nan"}]}
    ← {"batch":["{\\"a\\":\\"\\"}",{"error":"not_finite"}]}
    → {"input":{"a":null}}
    ← {"text":"{\\"a\\":\\"\\"}"}

With ``--json-dumps`` the texts are those of ``json.dumps`` of CPython (see oracle.py). It supports only
values that the contract accepts.
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
            reply: Dict[str, Any] = {"batch": [evaluate(build, tagged) for tagged in request["batch"]]}
        else:
            result = evaluate(build, request["input"])
            reply = {"text": result} if isinstance(result, str) else result
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


def evaluate(build: Callable[[Any], str], tagged: Any) -> Any:
    try:
        return build(decode(tagged))
    except TopicError as error:
        return {"error": error.code}


main()
