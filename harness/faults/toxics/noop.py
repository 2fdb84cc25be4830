"""Noop: everything passes, at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.toxics.toxic import Toxic

__all__ = ["Noop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noop(Toxic):
    type: ClassVar[str] = "noop"
