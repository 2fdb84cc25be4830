"""The header of a WAV file."""

from __future__ import annotations

import struct

from mock_servers.deepgram.sound import CHANNELS_MAX, SoundFormat, Undecodable

__all__ = ["wav_header"]

HEADER_BYTES_MAX = 4096
"""A header that is not over by then is none."""


def wav_header(data: bytes) -> tuple[SoundFormat, int] | None:
    """The format that a WAV header tells, and its length in bytes; None if `data` is only the beginning of one.

    Raises:
        Undecodable: These are not the first bytes of a WAV file, or of one in an encoding that is not known here.
    """
    if data[:4] != b"RIFF"[: len(data)] or data[8:12] != b"WAVE"[: len(data[8:12])]:
        raise Undecodable("not a WAV header")
    sound, at = None, 12
    while at + 8 <= min(len(data), HEADER_BYTES_MAX):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"data":
            if sound is None:
                raise Undecodable("a WAV file without a format")
            return sound, at + 8
        if name == b"fmt " and len(data) >= at + 24:
            sound = _format(data[at + 8 : at + 24])
        # Chunks begin at even places.
        at += 8 + size + size % 2
    if at > HEADER_BYTES_MAX:
        raise Undecodable("a WAV header without an end")
    return None


def _format(chunk: bytes) -> SoundFormat:
    tag, channels, sample_rate_hz, _, _, bits = struct.unpack("<HHIIHH", chunk)
    encoding = {(1, 16): "linear16", (1, 32): "linear32", (7, 8): "mulaw", (6, 8): "alaw"}.get((tag, bits))
    if encoding is None or not 1 <= channels <= CHANNELS_MAX or not 8_000 <= sample_rate_hz <= 192_000:
        raise Undecodable(f"a WAV file of format {tag} with {bits} bits, {channels} channels at {sample_rate_hz} Hz")
    return SoundFormat(encoding=encoding, sample_rate_hz=sample_rate_hz, channels=channels)
