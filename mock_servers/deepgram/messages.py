"""The messages of /v1/listen: the client's texts read, the server's messages built, key by key as captured.

Sources: a public capture of /v1/listen of 2026-08-25 for Results and Metadata; deepgram-sdk 7.17.0, listen/v1/types, for
the others.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_servers.base.hearing import Word
from mock_servers.base.protocol import Send
from mock_servers.deepgram import strict_json
from mock_servers.deepgram.float32 import float32, span
from mock_servers.deepgram.models import Model
from mock_servers.deepgram.recognition import SpeechBegan, UtteranceEnded, Window

__all__ = [
    "CLIENT_TEXTS", "ClientText", "Misunderstood", "configure_failure", "configure_success", "encoded", "end_of",
    "metadata", "no_metadata", "results", "schema_error", "send", "speech_started", "understood", "unknown_variant",
    "utterance_end",
]  # fmt: skip

CLIENT_TEXTS = ("CloseStream", "Configure", "Sync", "KeepAlive", "Finalize")
"""In the order in which the service lists them when it meets another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientText:
    """A message as it was understood, and the `text` that it was read from."""

    type: str
    fields: Mapping[str, Any]
    text: str = ""


class Misunderstood(ValueError):
    """A text that is no message; the words are those of the service's `Error.description`."""


def understood(text: str, types: tuple[str, ...] = CLIENT_TEXTS) -> ClientText:
    """Read a text frame.

    Raises:
        Misunderstood: It is not JSON, not an object, or of no type that a client may send.
    """
    try:
        fields = strict_json.read(text)
    except strict_json.Malformed as error:
        raise Misunderstood(f"{error.why} at {_place(text, error.at)}") from error
    if not isinstance(fields, dict):
        raise Misunderstood(f"invalid type, expected a message at {end_of(text)}")
    match fields.get("type"):
        case None:
            raise Misunderstood(f"missing field `type` at {end_of(text)}")
        case str(kind) if kind in types:
            return ClientText(type=kind, fields=fields, text=text)
        case other:
            raise Misunderstood(f"{unknown_variant(other, types)} at {end_of(text)}")


def unknown_variant(name: object, types: tuple[str, ...]) -> str:
    return f"unknown variant `{name}`, expected one of {', '.join(f'`{known}`' for known in types)}"


def end_of(text: str) -> str:
    """Where a message that does not fit is noticed: `line 1 column 22`."""
    return _place(text, len(text) - 1)


def encoded(message: Mapping[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)


def send(message: Mapping[str, Any]) -> Send:
    return Send(name=message["type"], payload=encoded(message), body=message)


def results(
    window: Window, *, request_id: str, model: Model, channel: int, channels: int, punctuate: bool
) -> dict[str, Any]:
    """Results. The service prints exactly one alternative, also for silence."""
    written = _punctuated(window) if punctuate else tuple(word.text for word in window.words)
    words = [_word(word, text if punctuate else None) for word, text in zip(window.words, written, strict=True)]
    return {
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
                }
            ]
        },
        "metadata": {"request_id": request_id, "model_info": model.info, "model_uuid": model.uuid},
        "from_finalize": window.from_finalize,
    }


def speech_started(began: SpeechBegan, *, channel: int, channels: int) -> dict[str, Any]:
    return {"type": "SpeechStarted", "channel": [channel, channels], "timestamp": float32(began.at_s)}


def utterance_end(ended: UtteranceEnded, *, channel: int, channels: int) -> dict[str, Any]:
    return {
        "type": "UtteranceEnd", "channel": [channel, channels], "last_word_end": float32(ended.last_word_end_s),
    }  # fmt: skip


def metadata(*, request_id: str, created: str, duration_s: float, channels: int, model: Model) -> dict[str, Any]:
    """The last message of a connection that brought audio."""
    return {
        **_metadata(request_id, created),
        "duration": float32(duration_s),
        "channels": channels,
        "models": [model.uuid],
        "model_info": {model.uuid: model.info},
    }


def no_metadata(*, request_id: str, created: str) -> dict[str, Any]:
    """The last message of a connection on which no audio was understood."""
    return {**_metadata(request_id, created), "duration": 0.0, "channels": 1}


def schema_error(description: str, text: str) -> dict[str, Any]:
    return {
        "type": "Error",
        "variant": "SchemaError",
        "description": f"Could not deserialize last text message: {description}",
        "message": text,
    }


def configure_success(*, request_id: str, keyterms: Iterable[str]) -> dict[str, Any]:
    return {"type": "ConfigureSuccess", "request_id": request_id, "keyterms": list(keyterms)}


def configure_failure(*, request_id: str, code: str, description: str) -> dict[str, Any]:
    return {"type": "ConfigureFailure", "request_id": request_id, "code": code, "description": description}


def _metadata(request_id: str, created: str) -> dict[str, Any]:
    # The real digest went away in 2025; since then this literal stands in its place.
    return {
        "type": "Metadata", "transaction_key": "deprecated", "request_id": request_id, "sha256": "incomplete",
        "created": created,
    }  # fmt: skip


def _word(word: Word, punctuated: str | None) -> dict[str, Any]:
    told = {
        "word": word.text,
        "start": float32(word.start_s),
        "end": float32(word.end_s),
        "confidence": float32(_confidence(word)),
    }
    return told if punctuated is None else {**told, "punctuated_word": punctuated}


def _confidence(word: Word) -> float:
    """Between 0.9 and 1, the same for the same word in the same place."""
    return 0.9 + zlib.crc32(f"{word.cell}:{word.text}".encode()) / (10 * 2**32)


def _punctuated(window: Window) -> tuple[str, ...]:
    """Each window reads as a sentence; its full stop comes once the speech is final."""
    words = [word.text for word in window.words]
    if words:
        words[0] = words[0].capitalize()
        words[-1] += "." if window.speech_final else ""
    return tuple(words)


def _place(text: str, at: int) -> str:
    read = text[: at + 1]
    return f"line {read.count(chr(10)) + 1} column {len(read.rsplit(chr(10), 1)[-1])}"
