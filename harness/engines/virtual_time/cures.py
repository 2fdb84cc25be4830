"""What makes two runs of one seed differ, each with a name."""

from __future__ import annotations

from enum import Enum

__all__ = ["ALL_CURES", "Cure"]


class Cure(Enum):
    """One source of difference that a run is cured of. A run has them all; tests take one away to see the illness."""

    TIMER_ORDER = "timers for one moment run in the order in which they were set"
    IDENTITY = "sets of tasks and futures are walked in the order of creation, not of memory addresses"
    CONNECTIONS = "sets of websockets connections are, too"
    RANDOM = "the global `random` is seeded"
    ENTROPY = "os.urandom, and with it secrets and uuid4, is seeded"
    WALL_TIME = "time.time, time.monotonic, datetime.now and their kin follow the virtual clock"
    COLLECTION = "the garbage collector rests: it would close forgotten sockets whenever it comes by"


ALL_CURES = frozenset(Cure)
