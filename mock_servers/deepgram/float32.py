"""Numbers as the service prints them: single precision, in the fewest digits that name it (`4.7700005`)."""

from __future__ import annotations

import functools
import struct

__all__ = ["float32", "span"]

_SINGLE = struct.Struct("<f")


@functools.lru_cache(maxsize=8192)
def float32(value: float) -> float:
    """The shortest decimal that single precision rounds to the same number as `value`."""
    # Interims tell the same numbers again each second, so they are kept for a while.
    single = _SINGLE.pack(value)
    # Nine significant digits name every single-precision number, six are too few for most.
    for digits in (6, 7, 8):
        shorter = float(f"{value:.{digits}g}")
        if _SINGLE.pack(shorter) == single:
            return shorter
    return float(f"{_SINGLE.unpack(single)[0]:.9g}")


def span(start: float, end: float) -> float:
    """`end - start` in single precision, with the last digit that this leaves behind.

    Clients that compare `start + duration` of one result with the `start` of the next must not use `==`; with the
    service they find out, so here they do too.
    """
    first, last = _SINGLE.unpack(_SINGLE.pack(start))[0], _SINGLE.unpack(_SINGLE.pack(end))[0]
    return float32(last - first)
