"""What can be wrong with a run folder."""

from __future__ import annotations

from harness.errors import DeadairError

__all__ = ["RunError"]


class RunError(DeadairError):
    """A run folder, or a run in it, cannot be found, read or written; the message says what to do about it."""
