"""Ids as OpenAI makes them: a prefix and 21 characters, of which the first five advance with time."""

from __future__ import annotations

import functools
import random
import string

__all__ = ["Identifiers"]

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
STAMP_CHARACTERS = 5
STAMP_AT_START = BASE62.index("C") * 62**4
"""Recorded ids of 2026 begin with C or D."""


class Identifiers:
    """The ids of one connection; with the connection's number in the seed, none comes back on another one."""

    def __init__(self, *, seed: int, connection: int | str) -> None:
        self._chance = random.Random(f"{seed}/openai/ids/{connection}")

    def new(self, prefix: str, now_s: float) -> str:
        """`event_`, `sess_`, `conv_`, `item_` or `resp_`, and 21 characters."""
        return prefix + _stamp(int(now_s)) + self._characters(21 - STAMP_CHARACTERS)

    def call(self) -> str:
        return "call_" + self._characters(16)

    def of_media(self) -> str:
        """An event of the media side of a call: 16 hexadecimal digits (recorded over WebRTC)."""
        return "event_" + "".join(self._chance.choices("0123456789abcdef", k=16))

    def padding(self, delta: str) -> str:
        """What hides a short delta's length: both together have 16 characters, some time more."""
        return self._characters(max(0, 16 - len(delta)))

    def _characters(self, count: int) -> str:
        return "".join(self._chance.choices(BASE62, k=count))


@functools.lru_cache(maxsize=2)
def _stamp(second: int) -> str:
    value = STAMP_AT_START + second
    digits = ""
    for _ in range(STAMP_CHARACTERS):
        value, digit = divmod(value, 62)
        digits = BASE62[digit] + digits
    return digits
