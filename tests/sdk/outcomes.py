"""What became of one capability on one transport: a value, and a line of JSON between processes."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Literal

from tests.sdk.witness import Transport

__all__ = ["Outcome", "read_line"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`why` it is red, or not applicable."""

    capability: str
    api: Literal["async", "sync"]
    transport: Transport
    result: Literal["green", "red", "not applicable"]
    why: str = ""
    took_s: float = 0.0
    """On the machine's clock."""
    ended_at_s: float | None = None
    """On the virtual clock, where it is the same in each run."""
    told: str | None = None
    """A digest of all that the mock saw and sent on the virtual clock, with its times."""

    def line(self) -> str:
        written = {field.name: getattr(self, field.name) for field in fields(self)}
        return json.dumps({name: value for name, value in written.items() if value not in (None, "")})


def read_line(line: str) -> Outcome:
    """The outcome that wrote this line. Raises ValueError or TypeError if it is none."""
    return Outcome(**json.loads(line))
