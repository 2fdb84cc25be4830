"""What an engine says when a run cannot go on."""

from __future__ import annotations

from harness.errors import DeadairError

__all__ = ["EngineError", "HorizonReached", "NotSimulated", "NothingLeft", "StepsExhausted"]


class EngineError(DeadairError):
    """A run came to an end that its program did not choose."""


class NothingLeft(EngineError):
    """Nothing can happen any more, and the program still waits: on the real clock it would hang for ever."""


class HorizonReached(EngineError):
    """The run has reached the time at which it was to be over at the latest."""


class StepsExhausted(EngineError):
    """The program has kept the loop busy for longer than any sound run does; mostly it spins without waiting."""


class NotSimulated(EngineError, NotImplementedError):
    """The program asked for something that exists on the real clock alone.

    It is a NotImplementedError too: that is what asyncio raises where a platform lacks a feature, so that code which
    can do without it (signal handlers, mostly) goes on without it here as well.
    """
