"""The base of what this package raises on purpose."""

from __future__ import annotations

__all__ = ["MockServerError"]


class MockServerError(Exception):
    """Something that was asked of a mock server cannot be done; the message says what can."""
