"""The caller of a call that is joined from the side: their voice comes over WebRTC or SIP, so the mock plays them.

They say something, wait for the answer, say something more, and then only listen. On the phone they press some keys first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mock_servers.base.voice import CALLER_STREAM, coded
from mock_servers.openai_realtime.desk import Desk
from mock_servers.openai_realtime.sound import BYTES_PER_MS

__all__ = ["CallAudio"]

SPEAKS_AFTER_S = 1.0
PIECE_MS = 20
PAUSE_MS = 600
"""Long enough to end a turn, and short enough to be over when the answer begins."""

SPEECHES = 2
KEY_AFTER_S = 0.25
KEY_EVERY_S = 0.25


class CallAudio:
    """What comes from the caller of one call.

    Args:
        hear: Takes in 24 kHz PCM of theirs.
        opened_unix_s: The date of its first moment, which keys are told with.
        has_keys: Whether they are on the phone.
    """

    def __init__(self, desk: Desk, *, hear: Callable[[bytes], None], opened_unix_s: float, has_keys: bool) -> None:
        self._desk = desk
        self._hear = hear
        self._opened_s = desk.now_s
        self._opened_unix_s = opened_unix_s
        self._has_keys = has_keys
        self._speeches = 0
        self._spoken_bytes = 0

    def begin(self) -> None:
        if self._has_keys:
            for number, key in enumerate(self._desk.settings.call_keys):
                at_s = self._desk.now_s + KEY_AFTER_S + number * KEY_EVERY_S
                self._desk.agenda.note(at_s, partial(self._press, key))
        self.speak()

    def speak(self) -> None:
        """Say something in a moment, unless everything was said."""
        lasts_ms = round(self._desk.settings.call_speech_s * 1000)
        if self._speeches == SPEECHES or not lasts_ms:
            return
        self._speeches += 1
        begin_s = self._desk.now_s + SPEAKS_AFTER_S
        start, self._spoken_bytes = self._spoken_bytes, self._spoken_bytes + lasts_ms * BYTES_PER_MS
        pcm = coded(CALLER_STREAM, start, self._spoken_bytes) + bytes(PAUSE_MS * BYTES_PER_MS)
        size = PIECE_MS * BYTES_PER_MS
        for number, at in enumerate(range(0, len(pcm), size)):
            at_s = begin_s + number * PIECE_MS / 1000
            self._desk.agenda.note(at_s, partial(self._hear, pcm[at : at + size]))

    def _press(self, key: str) -> None:
        received_at = int(self._opened_unix_s + self._desk.now_s - self._opened_s)
        self._desk.tell("input_audio_buffer.dtmf_event_received", event=key, received_at=received_at)
