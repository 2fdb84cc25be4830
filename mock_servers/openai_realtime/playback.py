"""The output audio buffer of a call: what was generated faster than it lasts is played out at its own pace.

Source: openai 3.54.0, types/realtime/realtime_server_event.py, OutputAudioBuffer* (2026-08): WebRTC and SIP only.
"""

from __future__ import annotations

from collections.abc import Callable

from mock_servers.openai_realtime.desk import Desk

__all__ = ["Playback"]

OWNER = "playback"


class Playback:
    """What the caller of one call hears.

    Args:
        heard_out: Called when a response was played to its end.
    """

    def __init__(self, desk: Desk, *, heard_out: Callable[[], None] = lambda: None) -> None:
        self.heard_out = heard_out
        self._desk = desk
        self._response_id: str | None = None
        self._began_s = 0.0
        self._lasts_s = 0.0

    def play(self, response_id: str, lasts_s: float) -> None:
        """More of a response is there; `lasts_s` is how long all of it lasts by now."""
        if self._response_id != response_id:
            self._response_id, self._began_s = response_id, self._desk.now_s
            self._desk.tell("output_audio_buffer.started", response_id=response_id)
        self._lasts_s = lasts_s

    def ended(self, response_id: str) -> None:
        """The response is done; it stops when all of it was heard."""
        if self._response_id == response_id:
            end_s = max(self._desk.now_s, self._began_s + self._lasts_s)
            self._desk.agenda.note(end_s, self._stopped, owner=OWNER)

    def clear(self) -> None:
        """Nothing more is heard, of whatever was playing."""
        if self._response_id is not None:
            response_id, self._response_id = self._response_id, None
            self._desk.agenda.forget(OWNER)
            self._desk.tell("output_audio_buffer.cleared", response_id=response_id)

    def _stopped(self) -> None:
        response_id, self._response_id = self._response_id, None
        self._desk.tell("output_audio_buffer.stopped", response_id=response_id)
        self.heard_out()
