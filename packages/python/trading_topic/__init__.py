"""Topics with the same bytes as every other implementation of the contract: ``{route}:{canonical JSON of the params}``.

``build_topic_params`` builds the text of plain data, Pydantic models and dataclasses. ``TopicRoute`` also checks the
model of a route when the program starts. ``trading_topic.fastapi`` and ``trading_topic.fastws`` serve routes.
"""

from .contract import ParsedTopic, TopicError, parse_topic
from .fields import ContractError, Violation
from .models import build_topic, build_topic_params
from .route import TopicRoute

__all__ = [
    "ContractError",
    "ParsedTopic",
    "TopicError",
    "TopicRoute",
    "Violation",
    "build_topic",
    "build_topic_params",
    "parse_topic",
]
__version__ = "0.1.0"
