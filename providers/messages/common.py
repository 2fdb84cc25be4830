"""What the vendors' messages have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from providers.reconnect import Cause, Limited, Permanent, Transient, Verdict

__all__ = ["decoded", "function", "judged_by_status"]

REFUSED_FOR_GOOD = (401, 402, 403)
_NAMES_THE_KEY = re.compile(r"API key", re.IGNORECASE)
"""In the reason of a 1008, which servers and gateways send that look at the key only behind the upgrade."""


def decoded(payload: bytes) -> dict[str, Any]:
    """The JSON object in a frame, text or binary.

    Raises:
        ValueError: If that is not UTF-8, not JSON, or not an object.
    """
    message = json.loads(payload.decode("utf-8"))
    if not isinstance(message, dict):
        raise ValueError(f"a message must be an object, not a {type(message).__name__}")
    return message


def function(tool: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    """Name, description and parameters of a tool, also where they stand below a key `function`."""
    inner = tool.get("function", tool)
    return inner["name"], inner.get("description", ""), inner.get("parameters", {"type": "object", "properties": {}})


def judged_by_status(cause: Cause, *, limited_s: float | None = None) -> Verdict:
    """What the HTTP status of a refused upgrade means, or the close that says the same behind it.

    Other 4xx are not final here: the same request was good enough for the connection that was lost.

    Args:
        limited_s: How long to stay away after a 429 that names no time; None lets the schedule decide.
    """
    if cause.status in REFUSED_FOR_GOOD or (cause.close_code == 1008 and _NAMES_THE_KEY.search(cause.close_reason)):
        return Permanent()
    if cause.status == 429:
        wait_s = cause.retry_after_s if cause.retry_after_s is not None else limited_s
        return Transient() if wait_s is None else Limited(wait_s)
    if cause.status == 503 and cause.retry_after_s is not None:
        return Limited(cause.retry_after_s)
    return Transient()
