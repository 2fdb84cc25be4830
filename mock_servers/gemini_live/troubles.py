"""Gemini's own troubles: which of them it has, and the close frame or reason that each arrives as."""

from __future__ import annotations

from mock_servers.base import trouble
from mock_servers.base.protocol import Close
from mock_servers.base.trouble import Trouble, Unsupported
from mock_servers.gemini_live import endings
from mock_servers.gemini_live.server_messages import CATALOGUE

__all__ = ["TURN_COMPLETE_REASONS", "check", "ending_of"]

TURN_COMPLETE_REASONS = frozenset(
    {
        "MALFORMED_FUNCTION_CALL", "RESPONSE_REJECTED", "NEED_MORE_INPUT", "PROHIBITED_INPUT_CONTENT",
        "IMAGE_PROHIBITED_INPUT_CONTENT", "INPUT_TEXT_CONTAIN_PROMINENT_PERSON_PROHIBITED", "INPUT_IMAGE_CELEBRITY",
        "INPUT_IMAGE_PHOTO_REALISTIC_CHILD_PROHIBITED", "INPUT_TEXT_NCII_PROHIBITED", "INPUT_OTHER", "INPUT_IP_PROHIBITED",
        "BLOCKLIST", "UNSAFE_PROMPT_FOR_IMAGE_GENERATION", "GENERATED_IMAGE_SAFETY", "GENERATED_CONTENT_SAFETY",
        "GENERATED_AUDIO_SAFETY", "GENERATED_VIDEO_SAFETY", "GENERATED_CONTENT_PROHIBITED", "GENERATED_CONTENT_BLOCKLIST",
        "GENERATED_IMAGE_PROHIBITED", "GENERATED_IMAGE_CELEBRITY", "GENERATED_IMAGE_PROMINENT_PEOPLE_DETECTED_BY_REWRITER",
        "GENERATED_IMAGE_IDENTIFIABLE_PEOPLE", "GENERATED_IMAGE_MINORS", "OUTPUT_IMAGE_IP_PROHIBITED", "GENERATED_OTHER",
        "MAX_REGENERATION_REACHED",
    }
)  # fmt: skip
"""Why a turn may end early: googleapis/python-genai 3.4.0, types.py, TurnCompleteReason."""


def check(asked: Trouble) -> None:
    """Do nothing if Gemini has this trouble.

    Raises:
        Unsupported: If it has not; the message says which it has.
    """
    match asked:
        case trouble.ProviderError(code=code) if code not in endings.STATUSES:
            raise Unsupported(
                f"gemini-live has no error {code!r}; its errors are gRPC statuses: {_list(endings.STATUSES)}"
            )
        case trouble.FailResponse(code=code) if code not in endings.STATUSES and code not in TURN_COMPLETE_REASONS:
            raise Unsupported(
                f"a response of gemini-live does not fail with {code!r}; "
                f"it fails with {_list(TURN_COMPLETE_REASONS)}, or with a gRPC status: {_list(endings.STATUSES)}"
            )
        case trouble.Reject(name=name) if name not in CATALOGUE.client:
            raise Unsupported(f"gemini-live has no client message {name!r}; it has {_list(CATALOGUE.client)}")
        case trouble.GoAway(time_left_s=time_left_s) if not 0 <= time_left_s < 1e6:
            raise Unsupported(f"a goAway leaves between 0 s and 1,000,000 s, not {time_left_s:g} s")
        case _ if not isinstance(asked, trouble.IN_SESSION):
            raise Unsupported(f"{type(asked).__name__} is no trouble of a session; those are {_list(_NAMES)}")


def ending_of(asked: Trouble) -> Close | None:
    """The close frame that the trouble is; None if it is more than that."""
    match asked:
        case trouble.ProviderError(code=code):
            return endings.STATUSES[code]
        case trouble.RateLimited():
            # Gemini tells no time to wait for: the hint of `retry_after_s` has no place in a close frame.
            return endings.RATE_LIMITED
        case trouble.Quota():
            return endings.QUOTA
    return None


_NAMES = frozenset(kind.__name__ for kind in trouble.IN_SESSION)


def _list(names: frozenset[str] | dict[str, Close]) -> str:
    return ", ".join(sorted(names))
