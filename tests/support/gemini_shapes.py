"""What a Gemini Live server message may look like, written down from the vendor's field tables a second time.

The mock's own builders are not asked: a field misread there would be misread twice.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

__all__ = ["check_shape"]

Check = Callable[[Any], bool]


def _object(**fields: Check) -> Check:
    def check(value: Any) -> bool:
        return isinstance(value, dict) and all(key in fields and fields[key](inner) for key, inner in value.items())

    return check


def _list_of(item: Check) -> Check:
    return lambda value: isinstance(value, list) and bool(value) and all(item(inner) for inner in value)


def _one_of(*names: str) -> Check:
    return lambda value: value in names


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _true(value: Any) -> bool:
    """A default is left out, so that a flag which is there is true."""
    return value is True


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _any_object(value: Any) -> bool:
    return isinstance(value, dict)


def _standard_base64(value: Any) -> bool:
    return isinstance(value, str) and base64.b64encode(base64.b64decode(value, validate=True)).decode() == value


def _duration(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d+(\.\d{3}|\.\d{6}|\.\d{9})?s", value) is not None


_DETAILS = _list_of(_object(modality=_one_of("TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"), tokenCount=_count))
_TRANSCRIPTION = _object(text=_text, finished=_true, languageCode=_text)
_PART = _object(text=_text, thought=_true, inlineData=_object(mimeType=_text, data=_standard_base64))
_USAGE = _object(
    promptTokenCount=_count,
    responseTokenCount=_count,
    candidatesTokenCount=_count,
    totalTokenCount=_count,
    promptTokensDetails=_DETAILS,
    responseTokensDetails=_DETAILS,
    candidatesTokensDetails=_DETAILS,
)
_MESSAGES: dict[str, Check] = {
    "setupComplete": _object(sessionId=_text),
    "serverContent": _object(
        modelTurn=_object(role=_one_of("model"), parts=_list_of(_PART)),
        generationComplete=_true,
        turnComplete=_true,
        interrupted=_true,
        turnCompleteReason=_text,
        inputTranscription=_TRANSCRIPTION,
        outputTranscription=_TRANSCRIPTION,
    ),
    "toolCall": _object(functionCalls=_list_of(_object(id=_text, name=_text, args=_any_object))),
    "toolCallCancellation": _object(ids=_list_of(_text)),
    "goAway": _object(timeLeft=_duration),
    "sessionResumptionUpdate": _object(newHandle=_text, resumable=_true),
    "voiceActivityDetectionSignal": _object(vadSignalType=_one_of("VAD_SIGNAL_TYPE_SOS", "VAD_SIGNAL_TYPE_EOS")),
    "voiceActivity": _object(type=_one_of("ACTIVITY_START", "ACTIVITY_END"), audioOffset=_duration),
}


def check_shape(message: dict[str, Any]) -> None:
    """Raises AssertionError if Google's own client could not read the message."""
    kinds = [key for key in message if key != "usageMetadata"]
    assert len(kinds) == 1 or (not kinds and message), f"not one message: {message}"
    assert all(_MESSAGES[kind](message[kind]) for kind in kinds), f"no such message: {message}"
    assert _USAGE(message.get("usageMetadata", {})), f"no such usage: {message}"
