"""What can be wrong with a trace."""

from __future__ import annotations

from harness.errors import DeadairError

__all__ = ["TraceError"]


class TraceError(DeadairError):
    """A trace cannot be written or read; the message begins with `path:line` where there is one."""
