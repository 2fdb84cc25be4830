"""The two clocks: a program runs on the machine's, or on one that jumps over every wait."""

from __future__ import annotations

from harness.engines.engine import ConnectWatcher, Engine, WatchedLoop
from harness.engines.errors import EngineError, HorizonReached, NothingLeft, NotSimulated, StepsExhausted
from harness.engines.real_time import RealTime
from harness.engines.virtual_time import Leftovers, LinkProfile, VirtualTime, what_is_left

__all__ = [
    "ConnectWatcher",
    "Engine",
    "EngineError",
    "HorizonReached",
    "Leftovers",
    "LinkProfile",
    "NotSimulated",
    "NothingLeft",
    "RealTime",
    "StepsExhausted",
    "VirtualTime",
    "WatchedLoop",
    "what_is_left",
]
