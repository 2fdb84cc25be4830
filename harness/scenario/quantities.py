"""Numbers with units, as people write them: `500ms`, `64KB/s`, `30%`, `">= 3s"`, `±5%`.

Times become whole microseconds, rates bytes per second, shares 0…1. Each reader raises `NoQuantity`, which says what is
wrong and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from harness.scenario.model import Bound, Tolerance

__all__ = [
    "DURATION", "NoQuantity", "RATE", "SHARE", "SIZE", "bound_count", "bound_us", "duration_us", "rate_bytes_per_s", "said_us",
    "share", "size_bytes", "tolerance",
]  # fmt: skip

DURATION_US_MAX = 7 * 24 * 3600 * 1_000_000
"""A week: more than any run, and small enough for every clock."""

RATE_BYTES_PER_S_MAX = 1_000_000_000
SIZE_BYTES_MAX = 1_000_000_000
PERCENT_MAX = 1000
COUNT_MAX = 1_000_000

DURATION = r"[0-9]{1,9}(?:\.[0-9]{1,6})?(?:us|ms|s|m|h)"
RATE = r"[0-9]{1,9}(?:\.[0-9]{1,6})?(?:B|KB|MB)/s"
SIZE = r"[0-9]{1,9}(?:\.[0-9]{1,6})?(?:B|KB|MB)"
SHARE = r"[0-9]{1,4}(?:\.[0-9]{1,6})?%"
"""How each is written, as regular expressions that JSON Schema understands too."""

_US = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}
# Toxiproxy counts 1 KB as 1000 bytes, and so does everybody who sells network links.
_BYTES = {"B": 1, "KB": 1_000, "MB": 1_000_000}

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_PARTS = re.compile(r"([0-9.]+)([A-Za-z/]+|%)", re.ASCII)
_COMPARED = re.compile(r"(<=|>=|==|<|>)\s*(\S.*)", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)


class NoQuantity(ValueError):
    """A text that is no such quantity; `what` is wrong, `advice` says what to write."""

    def __init__(self, what: str, advice: str = "") -> None:
        self.what = what
        self.advice = advice
        super().__init__(f"{what}; {advice}" if advice else what)


def duration_us(text: str) -> int:
    """A span of time in microseconds: `500ms`, `1.5s`, `2m`, `1h`, `100us`."""
    if _NUMBER.fullmatch(text):
        raise NoQuantity(f"'{text}' is no duration: it has no unit", f"write {text}ms or {text}s")
    if not re.fullmatch(DURATION, text):
        raise NoQuantity(f"'{text}' is no duration", "write it like 500ms, 1.5s, 2m or 1h")
    return _whole(text, _US, "microseconds", DURATION_US_MAX, "7 days")


def rate_bytes_per_s(text: str) -> int:
    """A rate in bytes per second: `64KB/s` is 64,000."""
    if _NUMBER.fullmatch(text):
        raise NoQuantity(f"'{text}' is no rate: it has no unit", f"write {text}KB/s")
    if not re.fullmatch(RATE, text):
        raise NoQuantity(f"'{text}' is no rate", "write it like 64KB/s")
    return _whole(text.removesuffix("/s"), _BYTES, "bytes", RATE_BYTES_PER_S_MAX, "1000MB/s")


def size_bytes(text: str) -> int:
    """A number of bytes: `300B`, `64KB`."""
    if _NUMBER.fullmatch(text):
        raise NoQuantity(f"'{text}' is no size: it has no unit", f"write {text}B or {text}KB")
    if not re.fullmatch(SIZE, text):
        raise NoQuantity(f"'{text}' is no size", "write it like 300B or 64KB")
    return _whole(text, _BYTES, "bytes", SIZE_BYTES_MAX, "1000MB")


def share(text: str, *, percent_max: int = 100) -> float:
    """A share of a whole, 0…1 for `0%` to `100%`."""
    if _NUMBER.fullmatch(text):
        # 0.9 is more often meant as nine tenths than as nine thousandths.
        meant = Decimal(text) * 100 if 0 < Decimal(text) < 1 else Decimal(text)
        raise NoQuantity(f"'{text}' is no share: it has no percent sign", f"write {meant.normalize():f}%")
    if not re.fullmatch(SHARE, text):
        raise NoQuantity(f"'{text}' is no share", "write it like 30%")
    percent = Decimal(text.removesuffix("%"))
    if percent > percent_max:
        raise NoQuantity(f"'{text}' is more than {percent_max}%")
    return float(percent / 100)


def bound_us(text: str) -> Bound:
    """A limit on a time: `"<= 100ms"`. A bare `0ms` asks for exactly that."""
    return _bound(text, duration_us)


def bound_count(text: str) -> Bound:
    """A limit on a count: `"<= 3"`. A bare `3` asks for exactly that."""
    return _bound(text, _count)


def tolerance(text: str) -> Tolerance:
    """How far a wait may be off: `±5%`, `±50ms`, or from a share to a share of it, `75%..100%`."""
    if ".." in text:
        low, _, high = text.partition("..")
        share_min, share_max = (share(end.strip(), percent_max=PERCENT_MAX) for end in (low, high))
        if share_min > share_max:
            raise NoQuantity(f"'{text}' begins above its end", f"write {high.strip()}..{low.strip()}")
        return Tolerance(share_min=share_min, share_max=share_max)
    sign = next((sign for sign in ("±", "+/-", "+-") if text.startswith(sign)), None)
    if sign is None:
        raise NoQuantity(f"'{text}' is no tolerance", "write it like ±5%, ±50ms or 75%..100%")
    off = text.removeprefix(sign).strip()
    if off.endswith("%"):
        percent = Decimal(str(share(off))) * 100
        return Tolerance(share_min=float((100 - percent) / 100), share_max=float((100 + percent) / 100))
    return Tolerance(off_us=duration_us(off))


def said_us(us: int) -> str:
    """A span of microseconds as a person writes it; `duration_us` reads it back."""
    for unit, size in (("s", 1_000_000), ("ms", 1_000)):
        if us >= size or us == 0:
            return f"{(Decimal(us) / size).normalize():f}{unit}"
    return f"{us}us"


def _whole(text: str, units: dict[str, int], unit: str, most: int, said_most: str) -> int:
    parts = _PARTS.fullmatch(text)
    assert parts is not None, text
    value = Decimal(parts.group(1)) * units[parts.group(2)]
    if value != value.to_integral_value():
        raise NoQuantity(f"'{text}' is no whole number of {unit}", "write a coarser value")
    if value > most:
        raise NoQuantity(f"'{text}' is more than {said_most}")
    return int(value)


def _bound(text: str, read: Callable[[str], int]) -> Bound:
    compared = _COMPARED.fullmatch(text)
    if compared is None:
        return Bound(op="==", value=read(text))
    op, value = compared.groups()
    return Bound.model_validate({"op": op, "value": read(value.strip())})


def _count(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise NoQuantity(f"'{text}' is no count", 'write it like 3 or "<= 3"')
    if int(text) > COUNT_MAX:
        raise NoQuantity(f"'{text}' is more than {COUNT_MAX}")
    return int(text)
