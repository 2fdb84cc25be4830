"""The messages that /v1/listen sends, key by key as captured.

Sources: a public capture of /v1/listen of 2026-08-25 for Results and Metadata; deepgram-sdk 7.17.0, listen/v1/types, for
the others.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

from mock_servers.base.hearing import Word
from mock_servers.deepgram.float32 import float32, span
from mock_servers.deepgram.identifiers import model_uuid
from mock_servers.deepgram.listen_query import ListenQuery
from mock_servers.deepgram.models import Model
from mock_servers.deepgram.recognition import SpeechBegan, UtteranceEnded, Window

__all__ = [
    "CLIENT_TEXTS", "confidence_of", "configure_failure", "configure_success", "metadata", "no_metadata", "results",
    "schema_error", "speech_started", "utterance_end",
]  # fmt: skip

CLIENT_TEXTS = ("CloseStream", "Configure", "Sync", "KeepAlive", "Finalize")
"""In the order in which the service lists them when it meets another one."""

_DIARIZER = {"model_uuid": model_uuid("diarizer"), "arch": "v1"}
"""`latest` is v1 on streams (deepgram-sdk 7.17.0, documentation of `diarize_model`)."""

_SPOKEN = "en"
"""The language of every caller of a mock."""


def results(window: Window, query: ListenQuery, *, request_id: str, channel: int, channels: int) -> dict[str, Any]:
    """Results. The service prints exactly one alternative, also for silence."""
    written = _punctuated(window) if query.punctuate else tuple(word.text for word in window.words)
    words = [_word(word, text, query) for word, text in zip(window.words, written, strict=True)]
    metadata: dict[str, Any] = {
        "request_id": request_id, "model_info": query.model.info, "model_uuid": query.model.uuid,
    }  # fmt: skip
    if query.diarize:
        metadata["diarize_info"] = _DIARIZER
    told: dict[str, Any] = {
        "type": "Results",
        "channel_index": [channel, channels],
        "duration": span(window.start_s, window.end_s),
        "start": float32(window.start_s),
        "is_final": window.is_final,
        "speech_final": window.speech_final,
        "channel": {
            "alternatives": [
                {
                    "transcript": " ".join(written),
                    "confidence": float32(sum(word["confidence"] for word in words) / len(words)) if words else 0.0,
                    "words": words,
                    **_languages(words, query),
                }
            ]
        },
        "metadata": metadata,
        "from_finalize": window.from_finalize,
    }
    if query.detect_entities and window.is_final:
        # None of the words that a mock hears is a name or a number.
        told["entities"] = []
    return told


def speech_started(began: SpeechBegan, *, channel: int, channels: int) -> dict[str, Any]:
    return {"type": "SpeechStarted", "channel": [channel, channels], "timestamp": float32(began.at_s)}


def utterance_end(ended: UtteranceEnded, *, channel: int, channels: int) -> dict[str, Any]:
    return {
        "type": "UtteranceEnd", "channel": [channel, channels], "last_word_end": float32(ended.last_word_end_s),
    }  # fmt: skip


def metadata(
    *, request_id: str, created: str, sha256: str, duration_s: float, channels: int, model: Model
) -> dict[str, Any]:
    """The last message of a connection that brought audio."""
    return {
        **_metadata(request_id, created, sha256),
        "duration": float32(duration_s),
        "channels": channels,
        "models": [model.uuid],
        "model_info": {model.uuid: model.info},
    }


def no_metadata(*, request_id: str, created: str, sha256: str) -> dict[str, Any]:
    """The last message of a connection on which no audio was understood."""
    return {**_metadata(request_id, created, sha256), "duration": 0.0, "channels": 1}


def schema_error(description: str, text: str) -> dict[str, Any]:
    return {
        "type": "Error",
        "variant": "SchemaError",
        "description": f"Could not deserialize last text message: {description}",
        "message": text,
    }


def configure_success(*, request_id: str, keyterms: Iterable[str] | None) -> dict[str, Any]:
    """`keyterms` are told where they were replaced; None where they were not."""
    replaced = {} if keyterms is None else {"keyterms": list(keyterms)}
    return {"type": "ConfigureSuccess", "request_id": request_id, **replaced}


def configure_failure(*, request_id: str, code: str, description: str) -> dict[str, Any]:
    return {"type": "ConfigureFailure", "request_id": request_id, "code": code, "description": description}


def _metadata(request_id: str, created: str, sha256: str) -> dict[str, Any]:
    return {
        "type": "Metadata", "transaction_key": "deprecated", "request_id": request_id, "sha256": sha256,
        "created": created,
    }  # fmt: skip


def _languages(words: list[dict[str, Any]], query: ListenQuery) -> dict[str, Any]:
    """What only the multilingual model tells; the hints in each result, an empty list without hints."""
    if query.languages_hinted is None:
        return {}
    return {**({"languages": [_SPOKEN]} if words else {}), "languages_hinted": list(query.languages_hinted)}


def _word(word: Word, punctuated: str, query: ListenQuery) -> dict[str, Any]:
    told: dict[str, Any] = {
        "word": word.text,
        "start": float32(word.start_s),
        "end": float32(word.end_s),
        "confidence": float32(confidence_of(word)),
    }
    if query.languages_hinted is not None:
        told["language"] = _SPOKEN
    if query.punctuate:
        told["punctuated_word"] = punctuated
    if query.diarize:
        told["speaker"] = 0
    return told


def confidence_of(word: Word) -> float:
    """Between 0.9 and 1, the same for the same word in the same place."""
    return 0.9 + zlib.crc32(f"{word.cell}:{word.text}".encode()) / (10 * 2**32)


def _punctuated(window: Window) -> tuple[str, ...]:
    """Each window reads as a sentence; its full stop comes once the speech is final."""
    words = [word.text for word in window.words]
    if words:
        words[0] = words[0].capitalize()
        words[-1] += "." if window.speech_final else ""
    return tuple(words)
