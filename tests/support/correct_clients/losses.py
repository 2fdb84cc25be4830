"""Why a connection is gone, and what that means: whether to come back at all, and not before when. Pure."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

__all__ = ["Loss", "is_about_the_handle", "refused"]

REFUSED_FOR_GOOD = (401, 402, 403)
CLOSED_FOR_GOOD = (3000, 4000)
"""OpenAI's: about the key, about the request."""

FINAL_CODES = frozenset({"insufficient_quota", "invalid_api_key", "invalid_model", "account_deactivated"})
FINAL_WORDS = re.compile(r"API key|not supported|exceeded your current quota")
BUSY_CODES = frozenset({"rate_limit_exceeded"})
BUSY_WORDS = re.compile(r"exhausted", re.IGNORECASE)
ABOUT_THE_HANDLE = re.compile(r"session not found|entity was not found|session handle")
BUSY_S = 20.0
"""How long to leave a server alone that is busy and does not say for how long."""

ASKED = re.compile(r"try again in (\d+(?:\.\d+)?)(ms|s)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One lost connection, or one attempt that came to nothing.

    `code` and `reason` are those of a close frame, `status` that of a refused upgrade, `complaint` is what the server had
    said in the session before, `retry_after_s` how long it asked to be left alone.
    """

    says: str
    code: int | None = None
    reason: str = ""
    status: int | None = None
    complaint: str = ""
    retry_after_s: float | None = None

    @property
    def is_final(self) -> bool:
        """Whether trying again with the same key would be told the same."""
        return (
            self.status in REFUSED_FOR_GOOD
            or self.code in CLOSED_FOR_GOOD
            or self.complaint in FINAL_CODES
            or FINAL_WORDS.search(self.reason) is not None
        )

    @property
    def not_before_s(self) -> float:
        """How long the next attempt has to wait, whatever the schedule says."""
        if self.retry_after_s is not None:
            return self.retry_after_s
        busy = self.complaint in BUSY_CODES or BUSY_WORDS.search(self.reason)
        return BUSY_S if busy else 0.0

    def after(self, complaint: str, message: str) -> Loss:
        """The same, told that the server had complained shortly before."""
        asked = ASKED.search(message)
        wait_s = float(asked[1]) / (1000 if asked[2] == "ms" else 1) if asked else self.retry_after_s
        return replace(self, complaint=complaint, retry_after_s=wait_s, says=f"{complaint}; then {self.says}")


def refused(status: int, headers: Mapping[str, str]) -> Loss:
    """`headers` with names in lower case."""
    return Loss(says=f"the upgrade was answered with {status}", status=status, retry_after_s=_retry_after_s(headers))


def is_about_the_handle(loss: Loss) -> bool:
    return loss.code == 1007 or ABOUT_THE_HANDLE.search(loss.reason) is not None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    if "retry-after-ms" in headers:
        return float(headers["retry-after-ms"]) / 1000
    asked = headers.get("retry-after")
    if asked is None:
        return None
    if asked.isdigit():
        return float(asked)
    # The date is cut to whole seconds; who comes a second late is not early.
    return max(0.0, parsedate_to_datetime(asked).timestamp() + 1 - time.time())
