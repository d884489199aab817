"""The topic contract: a topic is ``{route}:{params}``, and ``params`` is canonical JSON.

Two programs that disagree on one byte of a topic lose every update without an error, so the bytes are the product. They
are those of CPython's ``json.dumps`` (default ``ensure_ascii``, separators ``,`` and ``:``) over recursively key-sorted
data with ``None`` replaced by ``""``.
"""

from .errors import TopicError
from .params import build_topic_params
from .topic import ParsedTopic, build_topic, parse_topic

__all__ = ["ParsedTopic", "TopicError", "build_topic", "build_topic_params", "parse_topic"]
__version__ = "1.0.0"
