"""How late a paced stream comes: each piece has a time at which it is due, counted from the stream's own beginning.

A piece of an answer is due when as much has been spoken as came before it; an interim result of Deepgram is due when the
audio has been heard that it covers. What is late is late against the earliest piece of the same stream.
"""

from __future__ import annotations

import base64
import json

__all__ = ["BYTES_PER_S", "REAL_TIME", "Pacing"]

BYTES_PER_S = 48_000
"""Of what the agents of OpenAI and Gemini speak: 16-bit mono at 24 kHz."""

REAL_TIME: dict[str, dict[str, object]] = {
    "openai-realtime": {"speedup": 1.0},
    "gemini-live": {"audio_pace": 1.0},
    "deepgram": {"concurrent_max": 2_000},
}
"""Settings with which each mock speaks as fast as people do. Deepgram's hears as fast as people speak anyway."""


class Pacing:
    """One connection's streams."""

    def __init__(self, vendor: str) -> None:
        self._vendor = vendor
        self._stream = 0
        self._spoken_s = 0.0
        self._offsets: dict[int, list[float]] = {}

    def came(self, payload: bytes, at_s: float) -> None:
        """A message of the server's has come at this time."""
        due_s = {"openai-realtime": self._openai, "gemini-live": self._gemini, "deepgram": self._deepgram}[
            self._vendor
        ](payload)
        if due_s is not None:
            self._offsets.setdefault(self._stream, []).append(at_s - due_s)

    @property
    def pieces(self) -> int:
        return sum(map(len, self._offsets.values()))

    @property
    def late_s(self) -> list[float]:
        """Of each piece, in order; the earliest of each stream is on time."""
        return [offset - min(stream) for stream in self._offsets.values() for offset in stream]

    @property
    def drift_s(self) -> float:
        """How much later the last piece of the longest stream was than its first; less than 0 for earlier."""
        longest = max(self._offsets.values(), key=len)
        return longest[-1] - longest[0]

    def _openai(self, payload: bytes) -> float | None:
        if payload.startswith(b'{"type":"response.done"'):
            self._begin_anew()
        if not payload.startswith(b'{"type":"response.output_audio.delta"'):
            return None
        return self._spoken(json.loads(payload)["delta"])

    def _gemini(self, payload: bytes) -> float | None:
        if b'"turnComplete"' in payload or b'"interrupted"' in payload:
            self._begin_anew()
        if b'"inlineData"' not in payload:
            return None
        parts = json.loads(payload)["serverContent"]["modelTurn"]["parts"]
        return self._spoken(next(part["inlineData"]["data"] for part in parts if "inlineData" in part))

    def _deepgram(self, payload: bytes) -> float | None:
        if b'"is_final":false' not in payload:
            return None
        result = json.loads(payload)
        return float(result["start"] + result["duration"])

    def _spoken(self, audio: str) -> float:
        due_s = self._spoken_s
        self._spoken_s += len(base64.b64decode(audio)) / BYTES_PER_S
        return due_s

    def _begin_anew(self) -> None:
        self._stream += 1
        self._spoken_s = 0.0
