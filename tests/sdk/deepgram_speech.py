"""The caller of the Deepgram talks: what is said, what a mock with seed 0 must hear in it, and what it says itself."""

from __future__ import annotations

import struct

from mock_servers.base.conversation import Conversation
from mock_servers.base.voice import AGENT_STREAM, CALLER_STREAM, SECONDS_PER_WORD, coded, decode
from tests.sdk.deepgram_hands import BYTES_PER_S

__all__ = ["LINEAR16", "NOVA", "agent_seconds", "silence", "speech", "wav", "words"]

LINEAR16 = {"encoding": "linear16", "sample_rate": 16_000}
NOVA = {"model": "nova-3", **LINEAR16}


def speech(from_s: float, to_s: float) -> bytes:
    """What the caller says between these seconds of their own stream."""
    return coded(CALLER_STREAM, round(from_s * BYTES_PER_S), round(to_s * BYTES_PER_S))


def silence(lasts_s: float) -> bytes:
    return bytes(2 * round(lasts_s * BYTES_PER_S / 2))


def words(from_s: float, to_s: float) -> list[str]:
    """The words of that speech."""
    conversation = Conversation(seed=0)
    return [conversation.word(cell) for cell in range(round(from_s / SECONDS_PER_WORD), round(to_s / SECONDS_PER_WORD))]


def agent_seconds(audio: bytes, *, bytes_per_s: int) -> float:
    """How much of the agent's voice is in this audio, in one unbroken run.

    Raises:
        AssertionError: There are gaps, repeats, or bytes that are not the agent's.
    """
    runs = decode(audio, stream=AGENT_STREAM)
    assert len(runs) == 1, f"the agent's voice comes in {len(runs)} pieces: {runs}"
    assert runs[0].end - runs[0].start == len(audio), f"{len(audio)} bytes hold {runs[0]} alone"
    return len(audio) / bytes_per_s


def wav(pcm: bytes) -> bytes:
    """The audio as a WAV file of 16 kHz, 16 bits, one channel."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 16_000, BYTES_PER_S, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", 36 + len(pcm), b"WAVE") + form + struct.pack("<4sI", b"data", len(pcm)) + pcm
