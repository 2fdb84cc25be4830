"""What a client raised, in words. Only the standard library is imported here, since a client's own process says it, too."""

from __future__ import annotations

__all__ = ["in_words"]

CAUSES_MAX = 5
"""An error may be its own cause."""


def in_words(error: BaseException) -> str:
    """An error with what it says was its cause (`raise … from`), as a traceback would have it: a library that wraps a close
    code in an error of its own has not lost it. It never raises, whatever the error's own words do."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(told) < CAUSES_MAX:
        told.append(f"{type(cause).__name__}: {_text(cause)}")
        cause = cause.__cause__
    return ", caused by ".join(told)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as worse:
        return f"<its words raised {type(worse).__name__}>"
