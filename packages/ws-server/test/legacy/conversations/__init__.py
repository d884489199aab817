"""The conversations to record with FastWS."""

from .base import base
from .executions import executions
from .modules import modules
from .old_bars import old_bars, refused_old_bars
from .refused import refused
from .script import Conversation
from .timers import timers

__all__ = ["Conversation", "conversations"]


def conversations(heartbeat: float, lifespan: float) -> list[Conversation]:
    """Returns all conversations. The settings, in seconds, are those of the conversations that wait for a timer."""
    return [
        *old_bars(),
        *refused_old_bars(),
        *base(),
        *refused(),
        *executions(),
        *modules(),
        *timers(heartbeat, lifespan),
    ]
