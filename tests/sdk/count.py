"""How many of an SDK's message kinds the mock knows: `46 of 46`, from what tests/sdk/<vendor>_count.py prints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Count", "Share", "read_count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What the SDK's types know of one thing, and what the mock has not of it; `name` is `server`, `client`, …"""

    name: str
    known: int
    missing: tuple[str, ...] = ()
    excused: tuple[str, ...] = ()
    """What it has not either, for a reason that is told: over this transport nothing could cause it."""

    def __str__(self) -> str:
        there = self.known - len(self.missing) - len(self.excused)
        excused = f" and {len(self.excused)} excused" if self.excused else ""
        return f"{self.name} {there}{excused} of {self.known}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The shares of one SDK in one version, and what its models had against the mock's messages."""

    shares: tuple[Share, ...]
    messages_validated: int
    invalid: tuple[str, ...]
    without_reason: Mapping[str, str]
    """What is excused, and why."""

    @property
    def is_whole(self) -> bool:
        return not self.invalid and all(share.known and not share.missing for share in self.shares)

    def __str__(self) -> str:
        parts = [*map(str, self.shares), f"{self.messages_validated} messages validated"]
        if self.invalid:
            parts.append(f"{len(self.invalid)} invalid")
        return ", ".join(parts)


def read_count(printed: str) -> Count:
    """Each object in it with `sdk` and `mock` is a share.

    Raises:
        ValueError: If this is no count, or counts nothing: no share, or no message validated.
    """
    told = json.loads(printed)
    if not isinstance(told, dict):
        raise ValueError("the count is no JSON object")
    reasons = told.get("no_reason", {})
    shares = tuple(_share(name, value, reasons) for name, value in told.items() if _is_a_share(value))
    if not shares or not told.get("messages_validated"):
        raise ValueError("it counts nothing")
    return Count(
        shares=shares,
        messages_validated=told["messages_validated"],
        invalid=tuple(map(str, told["invalid"])),
        without_reason=reasons,
    )


def _is_a_share(value: Any) -> bool:
    return isinstance(value, dict) and {"sdk", "mock"} <= value.keys()


def _share(name: str, value: Mapping[str, Any], reasons: Mapping[str, str]) -> Share:
    there = frozenset(value["mock"])
    lacking = [kind for kind in dict.fromkeys(value["sdk"]) if kind not in there]
    return Share(
        name=name,
        known=len(dict.fromkeys(value["sdk"])),
        missing=tuple(kind for kind in lacking if kind not in reasons),
        excused=tuple(kind for kind in lacking if kind in reasons),
    )
