"""The toxics, pure: a file each, and the one table that lists them."""

from __future__ import annotations

from collections.abc import Mapping

from harness.faults.toxics.bandwidth import Bandwidth
from harness.faults.toxics.latency import Latency
from harness.faults.toxics.limit_data import LimitData
from harness.faults.toxics.noop import Noop
from harness.faults.toxics.reset_peer import ResetPeer
from harness.faults.toxics.slicer import Slicer
from harness.faults.toxics.slow_close import SlowClose
from harness.faults.toxics.timeout import Timeout
from harness.faults.toxics.toxic import CHUNK_BYTES, End, Item, Step, Toxic, Turn

__all__ = [
    "CHUNK_BYTES", "TOXICS", "Bandwidth", "End", "Item", "Latency", "LimitData", "Noop", "ResetPeer", "Slicer",
    "SlowClose", "Step", "Timeout", "Toxic", "Turn",
]  # fmt: skip

_KINDS: tuple[type[Toxic], ...] = (
    Latency,
    Bandwidth,
    SlowClose,
    Timeout,
    ResetPeer,
    Slicer,
    LimitData,
    Noop,
)

TOXICS: Mapping[str, type[Toxic]] = {kind.type: kind for kind in _KINDS}
