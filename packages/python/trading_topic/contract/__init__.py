"""The topic contract: a topic is ``{route}:{params}``, and ``params`` is canonical JSON.

If two programs disagree on one byte of a topic, every update is lost without an error. So the contract defines the
exact bytes: the output of ``json.dumps`` of CPython (default ``ensure_ascii``, separators ``,`` and ``:``) for the
value with its keys sorted recursively and ``None`` replaced by ``""``.
"""

from .errors import TopicError
from .params import build_topic_params
from .topic import ParsedTopic, build_topic, parse_topic

__all__ = ["ParsedTopic", "TopicError", "build_topic", "build_topic_params", "parse_topic"]
__version__ = "1.0.0"
