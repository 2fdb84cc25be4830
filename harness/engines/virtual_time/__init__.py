"""Virtual time: an asyncio loop whose clock jumps, over TCP in memory, with chance and wall time owned by a seed."""

from __future__ import annotations

from harness.engines.virtual_time.engine import VirtualTime
from harness.engines.virtual_time.leftovers import Leftovers, what_is_left
from harness.engines.virtual_time.link import LinkProfile

__all__ = ["Leftovers", "LinkProfile", "VirtualTime", "what_is_left"]
