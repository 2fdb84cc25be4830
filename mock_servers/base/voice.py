"""Audio that tells its own position: what the mock's agent speaks, and how it reads what the caller spoke.

Every 8 bytes of speech (4 samples of 16-bit PCM) are a word: `u16 magic 0xD6A5 | u8 stream | u8 index high | u32 index
low`, little endian, index = byte offset / 8 in the speaker's whole stream. Silence is zeros. The agent is stream 2, the
caller stream 1.
"""

from __future__ import annotations

__all__ = ["Voice", "is_speech"]

AGENT_STREAM = 2
CALLER_STREAM = 1
SECONDS_PER_WORD = 0.25
"""A spoken word lasts this long, for the agent and for the caller alike."""


class Voice:
    """The agent's voice: one unbroken stream over all connections of a server, so that no position comes twice."""

    def __init__(self, *, sample_rate_hz: int) -> None:
        raise NotImplementedError

    def say(self, text: str) -> bytes:
        """PCM for the words of `text`, `SECONDS_PER_WORD` each; goes on where the last call ended."""
        raise NotImplementedError


def is_speech(pcm: bytes) -> bool:
    """Whether any sample is louder than silence."""
    raise NotImplementedError
