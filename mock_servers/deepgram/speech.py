"""Text to speech: the agent's voice in the encoding asked for, in pieces as a network brings them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from mock_servers.base.protocol import Send
from mock_servers.base.voice import Voice
from mock_servers.deepgram.outbox import Outbox
from mock_servers.deepgram.speak_query import SpeakQuery

__all__ = ["AHEAD", "AUDIO", "Speech", "wav_head"]

AUDIO = "Audio"
"""What binary frames are called; on the wire they have no name."""

AHEAD = 4.0
"""Audio is sent so much faster than it plays."""

_PIECE_S = (0.04, 0.15)
"""Shorter than a word, so that even the shortest speech comes in more than one piece."""


class Speech:
    """All that a server's voices say.

    8-bit encodings carry the same marked words over their bytes: what a companded voice would lose is its position.
    """

    def __init__(self, *, seed: int) -> None:
        self._seed = seed
        self._voices: dict[int, Voice] = {}
        self._said = 0

    def say(self, text: str, query: SpeakQuery) -> bytes:
        """The text as audio, a quarter of a second for each word."""
        voice = self._voices.setdefault(query.bytes_per_s, Voice(sample_rate_hz=query.bytes_per_s // 2))
        return voice.say(text)

    def pieces(self, audio: bytes, query: SpeakQuery) -> Iterator[bytes]:
        """The audio in pieces of any size, odd ones too: the service does not cut at samples, nor does a network."""
        self._said += 1
        sizes = random.Random(f"{self._seed}:deepgram:speech-pieces:{self._said}")
        shortest, longest = (round(piece_s * query.bytes_per_s) for piece_s in _PIECE_S)
        at = 0
        while at < len(audio):
            size = sizes.randint(shortest, longest)
            yield audio[at : at + size]
            at += size

    def line_up(self, audio: bytes, query: SpeakQuery, outbox: Outbox, at_s: float) -> None:
        """Put the audio into the outbox, piece by piece, faster than it plays; the first is due at `at_s`."""
        for piece in self.pieces(audio, query):
            lasts_s = len(piece) / query.bytes_per_s
            told = {"bytes": len(piece)}
            outbox.put(Send(name=AUDIO, payload=piece, body=told, audio=piece, audio_s=lasts_s), at_s)
            at_s += lasts_s / AHEAD


def wav_head(query: SpeakQuery) -> bytes:
    """The header of a WAV whose length is not known when it begins: the sizes say 'to the end of the stream'."""
    tag, sample_bytes = {"linear16": (1, 2), "mulaw": (7, 1), "alaw": (6, 1)}[query.encoding]
    return b"".join(
        (
            b"RIFF\xff\xff\xff\xffWAVEfmt ",
            (16).to_bytes(4, "little"),
            tag.to_bytes(2, "little"),
            (1).to_bytes(2, "little"),
            query.sample_rate_hz.to_bytes(4, "little"),
            query.bytes_per_s.to_bytes(4, "little"),
            sample_bytes.to_bytes(2, "little"),
            (8 * sample_bytes).to_bytes(2, "little"),
            b"data\xff\xff\xff\xff",
        )
    )
