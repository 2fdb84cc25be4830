"""How long a server asks to be left alone, from the headers of a refusal or from the words of an error."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

__all__ = ["duration_s", "retry_after_s", "spoken_wait_s"]

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SPOKEN = re.compile(r"(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def retry_after_s(headers: Mapping[str, str], *, epoch_s: float) -> float | None:
    """The wait that a response asks for, in seconds, or None if it asks for none.

    `retry-after` and `retry-after-ms` are the server's own answer to the question; the longer one counts. Only without
    them the `x-ratelimit-reset-*` headers are asked: they tell when a whole budget is full again.

    Args:
        headers: Names in lower case.
        epoch_s: The time of day, for servers that name a date and do not say what time it is for them.
    """
    asked = [_milliseconds(headers.get("retry-after-ms")), _seconds_or_date(headers, epoch_s)]
    if any(wait_s is not None for wait_s in asked):
        return max(wait_s for wait_s in asked if wait_s is not None)
    resets = [duration_s(value) for name, value in headers.items() if name.startswith("x-ratelimit-reset")]
    return max((wait_s for wait_s in resets if wait_s), default=None)


def duration_s(text: str) -> float | None:
    """Seconds in `1s`, `6m0s`, `1m26.4s`, `12ms`, or a bare number of seconds; None for anything else.

    Azure has sent -1 for "not known" (openai/openai-dotnet#838), which is no duration.
    """
    text = text.strip()
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return _number(text)


def spoken_wait_s(message: str) -> float | None:
    """The wait in words such as "Please try again in 1m26.4s.", in seconds."""
    spoken = _SPOKEN.search(message)
    return duration_s(spoken.group(1)) if spoken else None


def _seconds_or_date(headers: Mapping[str, str], epoch_s: float) -> float | None:
    value = headers.get("retry-after")
    if value is None:
        return None
    seconds = _number(value)
    if seconds is not None:
        return seconds
    until_s = _date_s(value)
    if until_s is None:
        return None
    here_s = _date_s(headers.get("date", ""))
    # Both dates are cut to whole seconds alike, so their difference is right. Against a clock with fractions the date
    # may be up to a second too early, and too early is what a rate limit punishes.
    wait_s = until_s - here_s if here_s is not None else until_s + 1 - epoch_s
    return max(0.0, wait_s)


def _milliseconds(value: str | None) -> float | None:
    number = _number(value) if value is not None else None
    return None if number is None else number / 1000


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _date_s(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None
