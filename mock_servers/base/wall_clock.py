"""The date, for messages that have to tell one: the only clock beside the loop's, and virtual where the loop is."""

from __future__ import annotations

import time

__all__ = ["unix_s"]


def unix_s() -> float:
    """Seconds since 1970, as a client of this moment reads them."""
    return time.time()
