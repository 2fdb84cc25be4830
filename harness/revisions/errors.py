"""What can be wrong with a revision."""

from __future__ import annotations

from harness.errors import DeadairError

__all__ = ["RevisionError"]


class RevisionError(DeadairError):
    """A revision is not there, or could not be played; the message says why, and what to do."""
