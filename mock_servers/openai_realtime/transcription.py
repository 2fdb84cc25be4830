"""What the caller said, in writing: it comes beside the response, before, within or after it.

Which model does what: openai 3.54.0, types/realtime/audio_transcription.py (2026-08). `whisper-1` gives its whole text at
once (beta logs of 2025), `gpt-realtime-whisper` while the caller speaks (recorded in August 2026).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

from mock_servers.openai_realtime.desk import Desk
from mock_servers.openai_realtime.input_audio import Committed

__all__ = ["Transcription"]

KIND = "conversation.item.input_audio_transcription."

STREAMING = ("gpt-realtime-whisper", "gpt-live-transcribe")
DELAYS_S = {"minimal": 0.1, "low": 0.2, "medium": 0.4, "high": 0.8, "xhigh": 1.6}
"""How far a streaming model is behind the caller; the steps are ours."""

WORDS_IN_A_DELTA = 4
DELTA_EVERY_S = 0.03
TOKENS_PER_AUDIO_S = 10
CERTAIN = -0.05
"""The mean log probability of a token; the mock never errs, and still is not sure."""


class Transcription:
    """Writes down the caller's turns of one session."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._streamed_item_id: str | None = None
        self._streamed = 0

    @cached_property
    def _chance(self) -> random.Random:
        return self._desk.chance("transcription")

    @property
    def streams(self) -> bool:
        """Whether words are written down while they are spoken."""
        return self._model.startswith(STREAMING)

    @property
    def _model(self) -> str:
        transcription = self._desk.configuration.transcription
        return "" if transcription is None else str(transcription.get("model") or "whisper-1")

    def heard(self, item_id: str, words: Sequence[str]) -> None:
        """So many words of a turn that is going on have been heard; a streaming model tells the new ones."""
        if item_id != self._streamed_item_id:
            self._streamed_item_id, self._streamed = item_id, 0
        new, first = words[self._streamed :], self._streamed == 0
        if not new:
            return
        self._streamed = len(words)
        delay = (self._desk.configuration.transcription or {}).get("delay") or "low"
        self._delta(self._desk.now_s + DELAYS_S[delay], item_id, new, first=first)

    def committed(self, item_id: str, committed: Committed) -> None:
        """A turn has become an item: tell its transcript, all of it that was not told yet, and that it is complete."""
        if not self._model:
            return
        words = [word.text for word in committed.words]
        if self.streams:
            self.heard(item_id, words)
            delay = (self._desk.configuration.transcription or {}).get("delay") or "low"
            at_s = self._desk.now_s + DELAYS_S[delay]
        else:
            settings = self._desk.settings
            at_s = self._desk.now_s + settings.transcription_lag_s
            at_s += self._chance.uniform(0.0, settings.transcription_jitter_s)
        failed = self._chance.random() < self._desk.settings.transcription_failures
        if failed or committed.is_unintelligible:
            self._note(at_s, item_id, partial(self._fail, item_id))
            return
        if not self.streams:
            at_s = self._deltas(at_s, item_id, words)
        if "diarize" in self._model:
            self._segments(at_s, item_id, committed)
        self._note(at_s, item_id, partial(self._complete, item_id, committed))

    def forget(self, item_id: str) -> None:
        """An item is gone, and with it what was still to be said of it."""
        self._desk.agenda.forget(_owner(item_id))

    # What is told.

    def _deltas(self, at_s: float, item_id: str, words: list[str]) -> float:
        """Everything said, in pieces, from then on; when the last is told."""
        size = len(words) if self._model.startswith("whisper") else WORDS_IN_A_DELTA
        for first in range(0, len(words), size or 1):
            self._delta(at_s, item_id, words[first : first + size], first=first == 0)
            at_s += DELTA_EVERY_S
        return at_s

    def _delta(self, at_s: float, item_id: str, words: Sequence[str], *, first: bool) -> None:
        text = ("" if first else " ") + " ".join(words)
        fields: dict[str, Any] = {"item_id": item_id, "content_index": 0, "delta": text}
        if self._tells_logprobs:
            fields["logprobs"] = self._logprobs(text)
        self._note(at_s, item_id, partial(self._desk.tell, KIND + "delta", **fields))

    def _segments(self, at_s: float, item_id: str, committed: Committed) -> None:
        """Who spoke when: one caller, whose speech is cut like the deltas. Times are those within the item."""
        for number, first in enumerate(range(0, len(committed.words), WORDS_IN_A_DELTA)):
            words = committed.words[first : first + WORDS_IN_A_DELTA]
            fields = {
                "item_id": item_id,
                "content_index": 0,
                "id": f"seg_{number:04}",
                "speaker": "A",
                "start": round(max(0.0, words[0].start_s - committed.began_s), 3),
                "end": round(words[-1].end_s - committed.began_s, 3),
                "text": " ".join(word.text for word in words),
            }
            self._note(at_s, item_id, partial(self._desk.tell, KIND + "segment", **fields))

    def _complete(self, item_id: str, committed: Committed) -> None:
        item = self._desk.items.find(item_id)
        if item is not None:
            item.shape["content"][0]["transcript"] = committed.transcript
        fields: dict[str, Any] = {"item_id": item_id, "content_index": 0, "transcript": committed.transcript}
        if self._tells_logprobs:
            fields["logprobs"] = self._logprobs(committed.transcript)
        if self._model.startswith("gpt-transcribe"):
            fields["languages"] = [{"code": "en"}] if committed.words else []
        self._desk.tell(KIND + "completed", **fields, usage=_usage(committed, self._model))

    def _fail(self, item_id: str) -> None:
        # Type and code from the example in OpenAI's specification (2026-08-21); the words are ours.
        error = {
            "type": "transcription_error",
            "code": "audio_unintelligible",
            "message": "The audio could not be written down.",
            "param": None,
        }
        self._desk.tell(KIND + "failed", item_id=item_id, content_index=0, error=error)

    def _note(self, at_s: float, item_id: str, do: Callable[[], None]) -> None:
        self._desk.agenda.note(at_s, do, owner=_owner(item_id))

    # Log probabilities.

    @property
    def _tells_logprobs(self) -> bool:
        return self._desk.configuration.tells_logprobs and "whisper" not in self._model

    def _logprobs(self, text: str) -> list[dict[str, Any]]:
        tokens = [token if place == 0 else " " + token for place, token in enumerate(text.strip().split(" ")) if token]
        if tokens and text.startswith(" "):
            tokens[0] = " " + tokens[0]
        return [
            {
                "token": token,
                "logprob": round(-self._chance.expovariate(-1 / CERTAIN), 6),
                "bytes": list(token.encode()),
            }
            for token in tokens
        ]


def _owner(item_id: str) -> str:
    return f"transcription of {item_id}"


def _usage(committed: Committed, model: str) -> dict[str, Any]:
    """Whisper is billed by duration, its successors by tokens."""
    if "whisper" in model:
        return {"type": "duration", "seconds": round(committed.lasts_s, 3)}
    audio, text = round(committed.lasts_s * TOKENS_PER_AUDIO_S), len(committed.words)
    return {
        "type": "tokens",
        "total_tokens": audio + text,
        "input_tokens": audio,
        "output_tokens": text,
        "input_token_details": {"text_tokens": 0, "audio_tokens": audio},
    }
