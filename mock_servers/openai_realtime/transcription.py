"""What the caller said, in writing: it comes beside the response, before, within or after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_servers.openai_realtime.input_audio import Committed
from mock_servers.openai_realtime.messages import Event

__all__ = ["transcription"]

FIRST_AFTER_S = 0.25
"""From the commit to the first words; late enough to fall among the events of a response."""

WORDS_IN_A_DELTA = 4
DELTA_EVERY_S = 0.03
TOKENS_PER_AUDIO_S = 10


def transcription(committed: Committed, *, item_id: str, model: str, begin_s: float) -> Iterator[tuple[float, Event]]:
    """The transcript of a committed item, piece by piece and then whole, each with its time."""
    kind = "conversation.item.input_audio_transcription."
    place = {"item_id": item_id, "content_index": 0}
    words = committed.transcript.split()
    at_s = begin_s + FIRST_AFTER_S
    for first in range(0, len(words), WORDS_IN_A_DELTA):
        piece = " ".join(words[first : first + WORDS_IN_A_DELTA])
        yield at_s, Event(type=kind + "delta", fields=place | {"delta": piece if first == 0 else " " + piece})
        at_s += DELTA_EVERY_S
    fields = place | {"transcript": committed.transcript, "usage": _usage(committed, model)}
    yield at_s, Event(type=kind + "completed", fields=fields)


def _usage(committed: Committed, model: str) -> dict[str, Any]:
    """Whisper is billed by duration, its successors by tokens."""
    if model.startswith("whisper"):
        return {"type": "duration", "seconds": round(committed.lasts_s, 3)}
    audio, text = round(committed.lasts_s * TOKENS_PER_AUDIO_S), len(committed.words)
    return {
        "type": "tokens",
        "total_tokens": audio + text,
        "input_tokens": audio,
        "output_tokens": text,
        "input_token_details": {"text_tokens": 0, "audio_tokens": audio},
    }
