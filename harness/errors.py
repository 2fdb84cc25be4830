"""The base of every error that the harness raises on purpose."""

from __future__ import annotations

__all__ = ["DeadairError"]


class DeadairError(Exception):
    """Something is wrong that a person can do something about; the message says what, where, and what to do."""
