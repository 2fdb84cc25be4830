"""The correct clients, each with the providers that it speaks to."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CORRECT", "OURS"]

OURS = None
"""deadair's own client of whatever provider a case calls."""

_HERE = "python:tests.support.correct_clients"
_ALL = ("openai-realtime", "gemini-live", "deepgram")

CORRECT: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "callbacks": (f"{_HERE}.callbacks:callbacks", _ALL),
    "container": (f"{_HERE}.container:container", ("deepgram",)),
    "iterator": (f"{_HERE}.iterator:iterator", _ALL),
    "library": (f"{_HERE}.library:library", _ALL),
    "persistent": (f"{_HERE}.persistent:persistent", _ALL),
    "replaying": (f"{_HERE}.replaying:replaying", ("deepgram",)),
    "resigned": (f"{_HERE}.resigned:resigned", _ALL),
    "tireless": (f"{_HERE}.tireless:tireless", _ALL),
}
"""What a case names as its `client`, and the providers."""
