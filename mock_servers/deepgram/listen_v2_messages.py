"""The messages that /v2/listen (Flux) sends. Source: deepgram-sdk 7.17.0, listen/v2/types.

`sequence_id` counts all of them from 0; an Error is the only one without a `request_id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_servers.base.hearing import Word
from mock_servers.deepgram.float32 import float32
from mock_servers.deepgram.listen_v1_messages import confidence_of
from mock_servers.deepgram.turns import Thresholds, TurnEvent

__all__ = ["CLIENT_TEXTS", "FluxWriter"]

CLIENT_TEXTS = ("CloseStream", "Configure", "ForceEndTurn")


class FluxWriter:
    """The messages of one connection, numbered as they are written."""

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id
        self._sequence_id = 0

    def connected(self) -> dict[str, Any]:
        return self._numbered("Connected")

    def turn_info(self, told: TurnEvent, *, language_hints: tuple[str, ...] | None) -> dict[str, Any]:
        """TurnInfo. `language_hints` are those of the multilingual model; None for the English one."""
        words = [_word(word, text) for word, text in zip(told.words, _written(told), strict=True)]
        info = self._numbered(
            "TurnInfo",
            {
                "event": told.event,
                "turn_index": told.turn,
                "audio_window_start": float32(told.start_s),
                "audio_window_end": float32(told.end_s),
                "transcript": " ".join(word["word"] for word in words),
                "words": words,
                "end_of_turn_confidence": float32(told.confidence),
            },
        )
        if told.trigger is not None:
            info["trigger"] = told.trigger
        if language_hints is not None:
            if words:
                info["languages"] = ["en"]
            if language_hints:
                info["languages_hinted"] = list(language_hints)
        return info

    def configure_success(
        self,
        thresholds: Thresholds,
        *,
        keyterms: tuple[str, ...],
        language_hints: tuple[str, ...] | None,
        numerals: bool,
    ) -> dict[str, Any]:
        """All that is in force now."""
        eager = {} if thresholds.eager_eot is None else {"eager_eot_threshold": thresholds.eager_eot}
        return self._numbered(
            "ConfigureSuccess",
            {
                "thresholds": {
                    **eager,
                    "eot_threshold": thresholds.eot,
                    "eot_timeout_ms": round(thresholds.eot_timeout_s * 1000),
                },
                "keyterms": list(keyterms),
                **({} if language_hints is None else {"language_hints": list(language_hints)}),
                "numerals": numerals,
            },
        )

    def configure_failure(self, *, code: str, description: str) -> dict[str, Any]:
        return self._numbered("ConfigureFailure", {"code": code, "description": description})

    def warning(self, *, code: str, description: str) -> dict[str, Any]:
        return self._numbered("Warning", {"code": code, "description": description})

    def error(self, *, code: str, description: str) -> dict[str, Any]:
        """Fatal: the connection is closed behind it."""
        numbered = self._numbered("Error", {"code": code, "description": description})
        del numbered["request_id"]
        return numbered

    def _numbered(self, kind: str, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
        message = {
            "type": kind, "request_id": self._request_id, "sequence_id": self._sequence_id, **(fields or {}),
        }  # fmt: skip
        self._sequence_id += 1
        return message


def _written(told: TurnEvent) -> tuple[str, ...]:
    """Flux tells words as they are written: a turn reads as a sentence, whose full stop comes with its end."""
    words = [word.text for word in told.words]
    if words:
        words[0] = words[0].capitalize()
        words[-1] += "." if told.event in ("EagerEndOfTurn", "EndOfTurn") else ""
    return tuple(words)


def _word(word: Word, text: str) -> dict[str, Any]:
    return {
        "word": text,
        "confidence": float32(confidence_of(word)),
        "start": float32(word.start_s),
        "end": float32(word.end_s),
    }
